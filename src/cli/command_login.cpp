#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <boost/json/object.hpp>

#include "base/json_fields.hpp"
#include "cli/commands.hpp"
#include "cli/credentials_file.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"

namespace reprise::cli {
namespace {

namespace json = boost::json;

constexpr int kTokenDays = 90;

// A sign-in that lasts until the token is made.
struct Cookie {
  std::string pair;  // "reprise_session=…"
  std::string csrf;
  bool must_change_password = false;
};

std::vector<std::string> HeadersOf(const Cookie& cookie) {
  return {"Cookie: " + cookie.pair, "X-CSRF-Token: " + cookie.csrf};
}

Result<Cookie> SignIn(const Session& session, const Login& options, const std::string& password,
                      const std::string& code) {
  json::object body{{"email", options.email}, {"password", password}};
  if (!code.empty()) body["totp_code"] = code;
  ASSIGN_OR_RETURN(const HttpAnswer answer,
                   session.client.Send(session.ctx, "POST", "/api/v1/auth/login", body, {}));
  ASSIGN_OR_RETURN(const json::value parsed, ParseJson(answer.body));
  const auto set = answer.headers.find("set-cookie");
  if (!parsed.is_object() || set == answer.headers.end()) {
    return Fail(ErrorCode::kInternal, "the server answered the sign-in without a session");
  }
  const json::object& object = parsed.get_object();
  const json::value* change = object.if_contains("must_change_password");
  return Cookie{set->second.substr(0, set->second.find(';')), TextOf(object, "csrf_token"),
                change != nullptr && change->is_bool() && change->get_bool()};
}

Status ChangePassword(const Session& session, const Login& options, const Cookie& cookie,
                      const std::string& password) {
  session.terminal.Err("This password was given to you for one use.\n");
  ASSIGN_OR_RETURN(const std::string first, AskSecret(session, options, "New password: "));
  ASSIGN_OR_RETURN(const std::string again, AskSecret(session, options, "Once more: "));
  if (first != again) {
    return Fail(ErrorCode::kInvalidArgument, "the two are not the same: nothing was changed");
  }
  const json::object body{{"password", password}, {"new_password", first}};
  RETURN_IF_ERROR(
      session.client.Send(session.ctx, "POST", "/api/v1/auth/password", body, HeadersOf(cookie)));
  return {};
}

// The sign-in with the code of a second factor, if the account has one.
Result<Cookie> SignInWithCode(const Session& session, const Login& options,
                              const std::string& password) {
  Result<Cookie> cookie = SignIn(session, options, password, options.code);
  if (cookie || cookie.error().code != ErrorCode::kSecondFactorRequired ||
      !session.terminal.can_ask()) {
    return cookie;
  }
  session.terminal.Err("Code of the second factor: ");
  const std::optional<std::string> code = session.terminal.ReadLine();
  return SignIn(session, options, password, code.value_or(""));
}

std::string HostName() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data())
                                                          : std::string("?");
}

}  // namespace

Result<std::string> AskSecret(const Session& session, const Login& options,
                              std::string_view question) {
  if (!options.password_stdin && !session.terminal.can_ask()) {
    return Fail(ErrorCode::kConfirmationMissing, "nobody is there to type the password",
                "give --password-stdin when a script does it, or use REPRISE_TOKEN");
  }
  if (!options.password_stdin) session.terminal.Err(question);
  const std::optional<std::string> secret =
      options.password_stdin ? session.terminal.ReadLine() : session.terminal.ReadSecret();
  if (secret && !secret->empty()) return *secret;
  return Fail(ErrorCode::kConfirmationMissing, "there was no password: nothing was done");
}

Status Run(const Session& session, const Login& options) {
  ASSIGN_OR_RETURN(const std::string password, AskSecret(session, options, "Password: "));
  ASSIGN_OR_RETURN(const Cookie cookie, SignInWithCode(session, options, password));
  if (cookie.must_change_password) {
    RETURN_IF_ERROR(ChangePassword(session, options, cookie, password));
  }
  const json::object order{{"name", fmt::format("reprise on {}", HostName())},
                           {"expires_in_days", kTokenDays}};
  ASSIGN_OR_RETURN(
      const HttpAnswer answer,
      session.client.Send(session.ctx, "POST", "/api/v1/tokens", order, HeadersOf(cookie)));
  ASSIGN_OR_RETURN(const json::value made, ParseJson(answer.body));
  const std::string token = made.is_object() ? TextOf(made.get_object(), "token") : "";
  if (token.empty()) return Fail(ErrorCode::kInternal, "the server made no token");
  RETURN_IF_ERROR(StoreToken(session.credentials, session.url, token));
  RETURN_IF_ERROR(session.client.Send(session.ctx, "POST", "/api/v1/auth/logout", json::object(),
                                      HeadersOf(cookie)));
  session.terminal.Out(fmt::format("Logged in to {} as {}. The token is in {} and lasts {} days.\n",
                                   session.url, options.email, session.credentials, kTokenDays));
  return {};
}

Status Run(const Session& session, const Logout&) {
  ASSIGN_OR_RETURN(const std::string token, StoredToken(session.credentials, session.url));
  if (token.empty()) {
    session.terminal.Out(fmt::format("Not logged in to {}.\n", session.url));
    return {};
  }
  // Ended on the server as well, where it can still be found by what is shown of it.
  ApiClient own(session.url, token, session.ca_file);
  const Result<json::array> tokens = FetchAll(
      Session{session.ctx, own, session.terminal, session.clock, session.json}, "/api/v1/tokens");
  for (const json::value& one : tokens.value_or(json::array())) {
    const std::string prefix = TextOf(one.get_object(), "prefix");
    if (prefix.empty() || !token.starts_with(prefix)) continue;
    const Result<json::value> ended =
        own.Delete(session.ctx, "/api/v1/tokens/" + TextOf(one.get_object(), "id"));
    if (!ended) session.terminal.Err(fmt::format("{}\n", Printable(ended.error().Sentence())));
  }
  RETURN_IF_ERROR(StoreToken(session.credentials, session.url, ""));
  session.terminal.Out(fmt::format("Logged out of {}.\n", session.url));
  return {};
}

Status Run(const Session& session, const WhoAmI&) {
  ASSIGN_OR_RETURN(const json::object me, FetchObject(session, "/api/v1/auth/me"));
  if (session.json) {
    session.PrintJson(me);
    return {};
  }
  Facts facts;
  const json::value* user = me.if_contains("user");
  const bool person = user != nullptr && user->is_object();
  facts.Add("user", person ? TextOf(user->get_object(), "email") : "the installation's own key");
  const json::value* memberships = me.if_contains("memberships");
  if (memberships != nullptr && memberships->is_array()) {
    for (const json::value& one : memberships->get_array()) {
      const json::object& member = one.get_object();
      facts.Add("organization",
                fmt::format("{} ({})", TextOf(member.at("organization").get_object(), "name"),
                            TextOf(member, "role")));
    }
  }
  session.terminal.Out(facts.Render());
  return {};
}

}  // namespace reprise::cli
