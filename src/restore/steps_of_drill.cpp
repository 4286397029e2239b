#include "restore/steps_of_drill.hpp"

#include <fmt/format.h>

#include "base/id.hpp"
#include "postgres/quote.hpp"

namespace reprise::restore {
namespace {

// Signs in as a browser would; with "document", has one rendered too: an invoice or an order where
// there is one, else whatever Odoo can print. Values come as arguments and environment, never as
// code.
constexpr const char* kVisitor = R"(
import http.cookiejar, json, os, sys, urllib.request
base = 'http://127.0.0.1:' + sys.argv[1]
opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
def rpc(path, params):
    body = json.dumps({'jsonrpc': '2.0', 'method': 'call', 'params': params}).encode()
    request = urllib.request.Request(base + path, body, {'Content-Type': 'application/json'})
    answer = json.load(opener.open(request, timeout=120))
    if 'error' in answer:
        error = answer['error']
        sys.exit('%s: %s' % (path, (error.get('data') or {}).get('message') or error.get('message')))
    return answer['result']
def call(model, method, args, **named):
    return rpc('/web/dataset/call_kw', {'model': model, 'method': method, 'args': args, 'kwargs': named})
session = rpc('/web/session/authenticate', {'db': sys.argv[2], 'login': sys.argv[3],
                                            'password': os.environ['DRILL_PASSWORD']})
if not session or not session.get('uid'):
    sys.exit('Odoo refuses the login of ' + sys.argv[3])
if sys.argv[4] == 'login':
    print('signed in as ' + sys.argv[3])
    sys.exit(0)
first = ['account.move', 'sale.order', 'purchase.order', 'stock.picking']
reports = call('ir.actions.report', 'search_read', [[['report_type', 'in', ['qweb-pdf', 'qweb-html']]]],
               fields=['report_name', 'model'])
reports.sort(key=lambda r: first.index(r['model']) if r['model'] in first else len(first))
why, tried = 'the database has no document to render', 0
for report in reports:
    try:
        ids = call(report['model'], 'search', [[]], limit=1, order='id desc')
    except SystemExit:
        continue
    if not ids:
        continue
    tried += 1
    if tried > 12:
        break
    where = '%s of %s %d' % (report['report_name'], report['model'], ids[0])
    try:
        page = opener.open('%s/report/html/%s/%d' % (base, report['report_name'], ids[0]), timeout=120).read()
    except Exception as error:
        why = '%s: %s' % (where, error)
        continue
    if b'class="page"' in page or b'class="article' in page or b'<main' in page:
        print('%s: %d bytes' % (where, len(page)))
        sys.exit(0)
    why = where + ': the answer is no document'
sys.exit(why)
)";

// Steps that sign in. Nobody knows a password of the backup, so one person of the copy gets one for
// the moment: random, told to nobody, and gone with the environment.
class VisitStep : public RestoreStep {
 public:
  using RestoreStep::RestoreStep;
  [[nodiscard]] double weight() const override { return 3; }

 protected:
  Result<std::string> Visit(const Context& ctx, jobs::StepRun& run, std::string_view what) {
    ASSIGN_OR_RETURN(const domain::Environment target, session().Target());
    ASSIGN_OR_RETURN(const odoo::Installation installation,
                     session().ReadTargetInstallation(ctx, run, "look"));
    const std::string password = RandomHex(16);
    ASSIGN_OR_RETURN(const std::string login,
                     GivePassword(ctx, target, installation.db_password, password));
    const docker::ExecSpec spec{
        .argv = {"python3", "-c", kVisitor, std::to_string(installation.http_port), target.db_name,
                 login, std::string(what)},
        .environment = {{"DRILL_PASSWORD", password}}};
    auto seen = docker::ExecText(ctx, session().engine(), target.containers.odoo, spec);
    if (seen) return seen;
    if (seen.error().code != ErrorCode::kContainerFailed) return seen;
    return Fail(
        ErrorCode::kProofFailed,
        fmt::format("the restored Odoo runs, but cannot be used: {}", seen.error().message),
        "look into the task's log, and restore the backup into a new environment to see it");
  }

 private:
  // As Odoo's own role: what stands behind a stranger's table then runs without rights.
  Result<std::string> GivePassword(const Context& ctx, const domain::Environment& target,
                                   const std::string& db_password, const std::string& password) {
    const postgres::Cluster cluster = ClusterOf(target).As(target.db_user, db_password);
    ASSIGN_OR_RETURN(
        const auto people,
        cluster.Query(ctx, target.db_name,
                      "SELECT u.id, u.login FROM ONLY res_users u LEFT JOIN ir_model_data d"
                      " ON d.module = 'base' AND d.name = 'user_admin' AND d.model = 'res.users'"
                      " AND d.res_id = u.id WHERE u.active AND u.id > 1"
                      " AND u.share IS NOT TRUE ORDER BY (d.id IS NULL), u.id LIMIT 1"));
    if (people.empty() || people[0].size() < 2) {
      return Fail(ErrorCode::kProofFailed, "the restored database has nobody who could sign in");
    }
    const std::string& id = people[0][0];
    std::string change = "password = " + postgres::QuoteText(password);
    ASSIGN_OR_RETURN(const auto second_factor,
                     cluster.Query(ctx, target.db_name,
                                   "SELECT 1 FROM pg_catalog.pg_attribute WHERE attrelid ="
                                   " 'res_users'::regclass AND attname = 'totp_secret'"));
    if (!second_factor.empty()) change += ", totp_secret = NULL";
    RETURN_IF_ERROR(cluster.Execute(
        ctx, target.db_name, fmt::format("UPDATE res_users SET {} WHERE id = {}", change, id)));
    return people[0][1];
  }
};

class LoginStep final : public VisitStep {
 public:
  LoginStep(RestoreSession& session, std::function<Status(Instant)> answered)
      : VisitStep(session), answered_(std::move(answered)) {}
  [[nodiscard]] std::string_view name() const override { return step::kLogin; }
  [[nodiscard]] std::vector<std::string_view> after() const override { return {step::kVerify}; }
  [[nodiscard]] Status Act(const Context& ctx, jobs::StepRun& run) override {
    const auto at = run.Saved(fact::kAnsweredAt);
    if (at && at->is_int64()) RETURN_IF_ERROR(answered_(FromMicros(at->get_int64())));
    ASSIGN_OR_RETURN(const std::string seen, Visit(ctx, run, "login"));
    run.Log(seen);
    return {};
  }

 private:
  std::function<Status(Instant)> answered_;
};

class DocumentStep final : public VisitStep {
 public:
  using VisitStep::VisitStep;
  [[nodiscard]] std::string_view name() const override { return step::kDocument; }
  [[nodiscard]] std::vector<std::string_view> after() const override { return {step::kLogin}; }
  [[nodiscard]] Status Act(const Context& ctx, jobs::StepRun& run) override {
    ASSIGN_OR_RETURN(std::string seen, Visit(ctx, run, "document"));
    while (!seen.empty() && seen.back() == '\n') seen.pop_back();
    run.Log("rendered " + seen);
    return run.Save(fact::kDocumentShown, boost::json::value(seen));
  }
};

class RemoveStep final : public RestoreStep {
 public:
  using RestoreStep::RestoreStep;
  [[nodiscard]] std::string_view name() const override { return step::kRemove; }
  [[nodiscard]] std::vector<std::string_view> after() const override { return {step::kDocument}; }
  [[nodiscard]] double weight() const override { return 2; }
  [[nodiscard]] Status Act(const Context& ctx, jobs::StepRun& run) override {
    RETURN_IF_ERROR(run.CheckOwner());
    return odoo::RemoveTrio(ctx, session().engine(), session().restore().target_environment_id);
  }
};

}  // namespace

StepPtr MakeLoginStep(RestoreSession& session, std::function<Status(Instant)> answered) {
  return std::make_unique<LoginStep>(session, std::move(answered));
}
StepPtr MakeDocumentStep(RestoreSession& session) {
  return std::make_unique<DocumentStep>(session);
}
StepPtr MakeRemoveStep(RestoreSession& session) { return std::make_unique<RemoveStep>(session); }

}  // namespace reprise::restore
