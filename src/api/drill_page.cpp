#include "api/drill_page.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "base/html_text.hpp"

namespace reprise::api {
namespace {

namespace json = boost::json;

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Recovery drill</title><style>
body{font:15px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}
h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}
.result{display:inline-block;padding:.2rem .8rem;border-radius:.3rem;font-weight:600;border:2px solid}
.passed{color:#116329}.failed,.cancelled{color:#a40e26}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d0d7de;vertical-align:top}
th{width:14rem;font-weight:500}thead th{width:auto;font-weight:600}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f6f8fa;padding:.8rem}
footer{margin-top:2rem;color:#57606a;font-size:.85rem}@media print{body{margin:0;max-width:none}pre{background:none;padding:0}}
</style></head><body>
)";

// What stands under `name`, as text for people; empty when there is nothing.
std::string TextUnder(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return {};
  if (value->is_string()) return std::string(value->get_string());
  if (value->is_double()) return fmt::format("{:.1f}", value->get_double());
  if (value->is_bool()) return value->get_bool() ? "yes" : "no";
  return json::serialize(*value);
}

json::object ObjectUnder(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_object() ? value->get_object() : json::object();
}

void AddRow(std::string& page, std::string_view what, std::string_view value) {
  if (value.empty()) return;
  page += fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", what, HtmlText(value));
}

void AddSteps(std::string& page, const json::object& report) {
  const json::value* steps = report.if_contains("steps");
  if (steps == nullptr || !steps->is_array()) return;
  page +=
      "<h2>What was done</h2><table><thead><tr><th>Step</th><th>Result</th><th>Seconds</th>"
      "</tr></thead>\n";
  for (const json::value& one : steps->get_array()) {
    if (!one.is_object()) continue;
    const json::object& step = one.get_object();
    page += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                        HtmlText(TextUnder(step, "name")), HtmlText(TextUnder(step, "state")),
                        HtmlText(TextUnder(step, "seconds")));
  }
  page += "</table>\n";
}

void AddProof(std::string& page, const json::object& proof) {
  const json::object database = ObjectUnder(proof, "database");
  const json::object filestore = ObjectUnder(proof, "filestore");
  const json::object registry = ObjectUnder(proof, "registry");
  page += "<h2>What was proven</h2><table>\n";
  AddRow(page, "Tables loaded", TextUnder(database, "tables"));
  AddRow(page, "Bytes of the database", TextUnder(database, "bytes"));
  AddRow(page, "Row counts as in the backup", TextUnder(database, "rows_compared"));
  AddRow(page, "Files, each hashed", TextUnder(filestore, "files"));
  AddRow(page, "Attachments compared", TextUnder(filestore, "attachments"));
  AddRow(page, "Attachments without a file", TextUnder(filestore, "missing"));
  AddRow(page, "Odoo loads its registry", TextUnder(registry, "loaded"));
  AddRow(page, "Odoo", TextUnder(registry, "odoo_version"));
  page += "</table>\n";
}

}  // namespace

std::string DrillPage(const json::object& report) {
  const std::string result = TextUnder(report, "result");
  const json::object backup = ObjectUnder(report, "backup");
  std::string page(kHead);
  page +=
      fmt::format("<h1>Recovery drill of {}</h1><p><span class=\"result {}\">{}</span></p>\n",
                  HtmlText(TextUnder(backup, "environment")), HtmlText(result), HtmlText(result));
  page +=
      "<p>A backup was restored into an environment of its own without a network to the "
      "outside, used, and removed again.</p>\n<table>\n";
  AddRow(page, "Began", TextUnder(report, "started_at"));
  AddRow(page, "Ended", TextUnder(report, "completed_at"));
  AddRow(page, "Time to recover, seconds", TextUnder(report, "recovery_seconds"));
  AddRow(page, "Backup", TextUnder(backup, "name"));
  AddRow(page, "Taken at", TextUnder(backup, "created_at"));
  AddRow(page, "SHA-256 of its archive", TextUnder(backup, "sha256"));
  AddRow(page, "Odoo", TextUnder(backup, "odoo_version"));
  AddRow(page, "PostgreSQL", TextUnder(backup, "postgres_version"));
  AddRow(page, "Document rendered", TextUnder(report, "document"));
  AddRow(page, "Failed in", TextUnder(report, "error_step"));
  page += "</table>\n";
  if (const std::string error = TextUnder(report, "error"); !error.empty()) {
    page += fmt::format("<h2>Why it failed</h2><pre>{}</pre>\n", HtmlText(error));
  }
  AddSteps(page, report);
  const json::object proof = ObjectUnder(report, "proof");
  if (!proof.empty()) AddProof(page, proof);
  page += fmt::format("<footer>Drill {}, backup {}. Made by Reprise.</footer></body></html>\n",
                      HtmlText(TextUnder(report, "drill_id")), HtmlText(TextUnder(backup, "id")));
  return page;
}

}  // namespace reprise::api
