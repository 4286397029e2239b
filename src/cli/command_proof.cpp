#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "base/file.hpp"
#include "cli/commands.hpp"
#include "cli/human.hpp"
#include "cli/task_view.hpp"
#include "proof/document.hpp"

// What was proven, and whether a document that says so is genuine.
namespace reprise::cli {
namespace {

namespace json = boost::json;

constexpr ByteCount kMostProof = ByteCount{64} << 20U;
constexpr std::size_t kKeyDigits = 64;

bool IsKey(std::string_view text) {
  return text.size() == kKeyDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<std::string> KeyOf(const std::string& given) {
  if (IsKey(given)) return given;
  const auto text = ReadTextFile(given, 4096);
  const std::string line = text ? text->substr(0, text->find_first_of(" \r\n")) : "";
  if (IsKey(line)) return line;
  return Fail(ErrorCode::kInvalidArgument,
              "--key is neither 64 hex digits nor a file that holds them",
              "reprise proof key prints the installation's");
}

std::string DescribeProof(const std::string& file, const json::object& report) {
  Facts facts;
  facts.Add("proof", file);
  facts.Add("signature", "genuine");
  facts.Add("of", TextOf(report, "kind"));
  facts.Add("result", TextOf(report, "result"));
  facts.Add("restore", TextOf(report, "restore_id"));
  facts.Add("backup", TextOf(report, "backup_id"));
  if (const json::value* archive = report.if_contains("archive");
      archive != nullptr && archive->is_object()) {
    facts.Add("archive sha256", TextOf(archive->get_object(), "sha256"));
  }
  facts.Add("proven at", TextOf(report, "proven_at"));
  return facts.Render();
}

}  // namespace

Status Run(const Session& session, const BackupProof& options) {
  ASSIGN_OR_RETURN(const std::string backup, ResolveBackup(session, options.backup));
  ASSIGN_OR_RETURN(
      const std::string proof,
      session.client.GetText(session.ctx, fmt::format("/api/v1/backups/{}/proof", backup)));
  session.terminal.Out(proof.ends_with('\n') ? proof : proof + "\n");
  return {};
}

Status Run(const Session& session, const ProofKeys&) {
  ASSIGN_OR_RETURN(const json::object answer, FetchObject(session, "/api/v1/proof/keys"));
  if (session.json) {
    session.PrintJson(answer);
    return {};
  }
  const json::value* items = answer.if_contains("items");
  if (items == nullptr || !items->is_array()) return {};
  for (const json::value& item : items->get_array()) {
    const json::object& key = item.get_object();
    session.terminal.Out(fmt::format("{}  {}  since {}\n", TextOf(key, "public_key"),
                                     TextOf(key, "node"), TextOf(key, "created_at")));
  }
  return {};
}

Status Run(const Session& session, const ProofVerify& options) {
  ASSIGN_OR_RETURN(const std::string key, KeyOf(options.key));
  ASSIGN_OR_RETURN(const std::string document, ReadTextFile(options.file, kMostProof));
  ASSIGN_OR_RETURN(const json::object report, proof::Verify(document, key));
  if (session.json) {
    session.PrintJson(json::object{{"genuine", true}, {"report", report}});
  } else {
    session.terminal.Out(DescribeProof(options.file, report));
  }
  return {};
}

}  // namespace reprise::cli
