#include "api/built_in.hpp"
#include "api/routes.hpp"

namespace reprise::api {
namespace {

Result<Response> OpenApi(const Context&, const Request&) {
  return Response{200, {{"Content-Type", "application/json"}}, std::string(BuiltInOpenApi())};
}

Result<Response> Docs(const Context&, const Request&) {
  return Response{200,
                  {{"Content-Type", "text/html; charset=utf-8"},
                   {"Content-Security-Policy", std::string(BuiltInDocsPolicy())},
                   {"Referrer-Policy", "no-referrer"}},
                  std::string(BuiltInDocs())};
}

}  // namespace

void AddContractRoutes(Router& router) {
  router.Add("GET", "/openapi.json", Rule::Open(), OpenApi);
  router.Add("GET", "/docs", Rule::Open(), Docs);
}

}  // namespace reprise::api
