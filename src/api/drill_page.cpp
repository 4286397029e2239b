#include "api/drill_page.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "api/pdf_document.hpp"
#include "base/html_text.hpp"
#include "base/lines.hpp"

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

// One part of the report: a heading, and rows of a table.
struct Part {
  std::string heading;
  std::vector<std::string> columns;  // empty: label and value
  std::vector<std::vector<std::string>> rows;
  std::string text;  // as it was told, instead of rows

  void Add(std::string what, std::string value) {
    if (!value.empty()) rows.push_back({std::move(what), std::move(value)});
  }
};

Part OverviewOf(const json::object& report, const json::object& backup) {
  Part part;
  part.Add("Began", TextUnder(report, "started_at"));
  part.Add("Ended", TextUnder(report, "completed_at"));
  part.Add("Time to recover, seconds", TextUnder(report, "recovery_seconds"));
  part.Add("Backup", TextUnder(backup, "name"));
  part.Add("Taken at", TextUnder(backup, "created_at"));
  part.Add("SHA-256 of its archive", TextUnder(backup, "sha256"));
  part.Add("Odoo", TextUnder(backup, "odoo_version"));
  part.Add("PostgreSQL", TextUnder(backup, "postgres_version"));
  part.Add("Document rendered", TextUnder(report, "document"));
  part.Add("Failed in", TextUnder(report, "error_step"));
  return part;
}

Part StepsOf(const json::object& report) {
  Part part{.heading = "What was done", .columns = {"Step", "Result", "Seconds"}};
  const json::value* steps = report.if_contains("steps");
  if (steps == nullptr || !steps->is_array()) return part;
  for (const json::value& one : steps->get_array()) {
    if (!one.is_object()) continue;
    const json::object& step = one.get_object();
    part.rows.push_back(
        {TextUnder(step, "name"), TextUnder(step, "state"), TextUnder(step, "seconds")});
  }
  return part;
}

Part ProofOf(const json::object& proof) {
  const json::object database = ObjectUnder(proof, "database");
  const json::object filestore = ObjectUnder(proof, "filestore");
  const json::object registry = ObjectUnder(proof, "registry");
  Part part{.heading = "What was proven"};
  part.Add("Tables loaded", TextUnder(database, "tables"));
  part.Add("Bytes of the database", TextUnder(database, "bytes"));
  part.Add("Row counts as in the backup", TextUnder(database, "rows_compared"));
  part.Add("Files, each hashed", TextUnder(filestore, "files"));
  part.Add("Attachments compared", TextUnder(filestore, "attachments"));
  part.Add("Attachments without a file", TextUnder(filestore, "missing"));
  part.Add("Odoo loads its registry", TextUnder(registry, "loaded"));
  part.Add("Odoo", TextUnder(registry, "odoo_version"));
  return part;
}

Part SignatureOf(const json::object& proof) {
  const json::object signature = ObjectUnder(proof, "signature");
  Part part{.heading = "Who vouches for it"};
  part.Add("Proven at", TextUnder(proof, "proven_at"));
  part.Add("Signature", TextUnder(signature, "value"));
  part.Add("Made with", TextUnder(signature, "algorithm"));
  part.Add("Public key", TextUnder(signature, "public_key"));
  if (!signature.empty()) {
    part.Add("To verify",
             "reprise proof verify, with the member \"proof\" of the report as JSON and this key");
  }
  return part;
}

// What both forms of the report hold, in order; parts of which nothing is known are left out.
std::vector<Part> PartsOf(const json::object& report) {
  std::vector<Part> parts{OverviewOf(report, ObjectUnder(report, "backup"))};
  if (std::string error = TextUnder(report, "error"); !error.empty()) {
    parts.push_back({.heading = "Why it failed", .text = std::move(error)});
  }
  parts.push_back(StepsOf(report));
  const json::object proof = ObjectUnder(report, "proof");
  parts.push_back(ProofOf(proof));
  parts.push_back(SignatureOf(proof));
  std::erase_if(parts, [](const Part& part) { return part.rows.empty() && part.text.empty(); });
  return parts;
}

std::string TitleOf(const json::object& report) {
  return fmt::format("Recovery drill of {}",
                     TextUnder(ObjectUnder(report, "backup"), "environment"));
}

std::string FooterOf(const json::object& report) {
  return fmt::format("Drill {}, backup {}. Made by Reprise.", TextUnder(report, "drill_id"),
                     TextUnder(ObjectUnder(report, "backup"), "id"));
}

constexpr std::string_view kWhatADrillIs =
    "A backup was restored into an environment of its own without a network to the outside, used, "
    "and removed again.";

std::string HtmlOf(const Part& part) {
  std::string html;
  if (!part.heading.empty()) html += fmt::format("<h2>{}</h2>", HtmlText(part.heading));
  if (!part.text.empty()) return html + fmt::format("<pre>{}</pre>\n", HtmlText(part.text));
  html += "<table>\n";
  if (!part.columns.empty()) {
    html += "<thead><tr>";
    for (const std::string& column : part.columns) html += fmt::format("<th>{}</th>", column);
    html += "</tr></thead>\n";
  }
  for (const std::vector<std::string>& row : part.rows) {
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const char* tag = part.columns.empty() && i == 0 ? "th" : "td";
      html += fmt::format("<{0}>{1}</{0}>", tag, HtmlText(row[i]));
    }
    html += "</tr>\n";
  }
  return html + "</table>\n";
}

}  // namespace

std::string DrillPage(const json::object& report) {
  const std::string result = HtmlText(TextUnder(report, "result"));
  std::string page(kHead);
  page += fmt::format("<h1>{}</h1><p><span class=\"result {}\">{}</span></p>\n<p>{}</p>\n",
                      HtmlText(TitleOf(report)), result, result, kWhatADrillIs);
  for (const Part& part : PartsOf(report)) page += HtmlOf(part);
  page += fmt::format("<footer>{}</footer></body></html>\n", HtmlText(FooterOf(report)));
  return page;
}

std::string DrillPdf(const json::object& report) {
  using enum PdfDocument::Size;
  PdfDocument pdf(TitleOf(report), FooterOf(report));
  pdf.AddLine(kTitle, TitleOf(report));
  pdf.AddLine(kHeading, "Result: " + TextUnder(report, "result"));
  pdf.AddLine(kText, kWhatADrillIs);
  for (const Part& part : PartsOf(report)) {
    if (!part.heading.empty()) pdf.AddLine(kHeading, part.heading);
    for (const std::string& line : SplitLines(part.text)) pdf.AddLine(kText, line);
    for (const std::vector<std::string>& row : part.rows) {
      const bool is_step = row.size() > 2;
      pdf.AddRow(row[0],
                 is_step && !row[2].empty() ? fmt::format("{}, {} s", row[1], row[2]) : row[1]);
    }
  }
  return pdf.Finish();
}

}  // namespace reprise::api
