#pragma once

#include "access/oidc_sign_in.hpp"
#include "api/router.hpp"

namespace reprise::api {

// What the routes of signing in with a provider stand on. Borrowed; outlives the router.
struct SignInParts {
  access::OidcSignIn* sign_in = nullptr;  // null: no provider is configured
};

void AddSignInRoutes(Router& router, const SignInParts& parts);

}  // namespace reprise::api
