#include "domain/audit.hpp"

#include <fmt/format.h>

#include "base/hash.hpp"
#include "domain/name_table.hpp"

namespace reprise::domain {
namespace {

constexpr auto kActorNames = MakeNameTable<AuditActor>({
    {AuditActor::kNobody, "nobody"},
    {AuditActor::kUser, "user"},
    {AuditActor::kToken, "token"},
    {AuditActor::kInstallation, "installation"},
    {AuditActor::kSystem, "system"},
});
constexpr auto kResultNames = MakeNameTable<AuditResult>({
    {AuditResult::kDone, "done"},
    {AuditResult::kRefused, "refused"},
    {AuditResult::kFailed, "failed"},
});

tl::unexpected<Error> Broken(std::int64_t number, std::string_view how) {
  return Fail(ErrorCode::kArchiveCorrupt,
              fmt::format("row {} of the audit log does not fit: {}", number, how),
              "somebody has changed the log, or the file is not a whole export: compare it with an "
              "older export");
}

}  // namespace

std::string_view NameOf(AuditActor value) { return kActorNames.Name(value); }
std::string_view NameOf(AuditResult value) { return kResultNames.Name(value); }
std::optional<AuditActor> ParseAuditActor(std::string_view text) { return kActorNames.Parse(text); }
std::optional<AuditResult> ParseAuditResult(std::string_view text) {
  return kResultNames.Parse(text);
}

std::string AuditGenesis() { return std::string(64, '0'); }

std::string HashOf(const AuditEntry& entry) {
  std::string text;
  const auto add = [&text](std::string_view field) {
    text += fmt::format("{}:{},", field.size(), field);
  };
  add(entry.previous_hash);
  add(std::to_string(entry.number));
  add(std::to_string(ToMicros(entry.at)));
  add(NameOf(entry.actor));
  for (const std::string* field :
       {&entry.actor_id, &entry.actor_name, &entry.token_id, &entry.address, &entry.request_id,
        &entry.action, &entry.object_kind, &entry.object_id, &entry.organization_id,
        &entry.project_id}) {
    add(*field);
  }
  add(NameOf(entry.result));
  add(std::to_string(entry.status));
  add(entry.details);
  return reprise::HashOf(HashKind::kSha256, text);
}

Status AuditChain::Add(const AuditEntry& entry) {
  if (extent_ == Extent::kWhole) {
    if (entry.number != last_number_ + 1) {
      return Broken(entry.number, fmt::format("after row {} comes row {}: some are missing or in "
                                              "another order",
                                              last_number_, last_number_ + 1));
    }
    if (entry.previous_hash != head_) {
      return Broken(entry.number, "it does not follow the row before it, which was another one");
    }
  } else if (entry.number <= last_number_) {
    return Broken(entry.number, fmt::format("it stands after row {}", last_number_));
  }
  if (entry.hash != HashOf(entry)) {
    return Broken(entry.number, "its content is not what was written");
  }
  ++count_;
  last_number_ = entry.number;
  head_ = entry.hash;
  return {};
}

}  // namespace reprise::domain
