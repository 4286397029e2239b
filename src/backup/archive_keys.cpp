#include "backup/archive_keys.hpp"

#include <fmt/format.h>

#include "base/hex.hpp"
#include "storage/recovery_sheet.hpp"

namespace reprise::backup {
namespace {

tl::unexpected<Error> NoKey() {
  return Fail(ErrorCode::kConflict, "the organization has no key to seal archives with yet",
              "make one: reprise keys rotate");
}

}  // namespace

class ArchiveKeys::Ring final : public storage::KeyRing {
 public:
  Ring(const ArchiveKeys& keys, domain::OrganizationId organization)
      : keys_(keys), organization_(std::move(organization)) {}

  [[nodiscard]] Result<storage::ArchiveKey> Newest(const Context& ctx) override {
    RETURN_IF_ERROR(ctx.Check());
    ASSIGN_OR_RETURN(const auto rows, keys_.List(organization_));
    if (rows.empty()) return NoKey();
    return keys_.Open(rows.back());
  }

  [[nodiscard]] Result<storage::ArchiveKey> Find(const Context& ctx, std::string_view id) override {
    RETURN_IF_ERROR(ctx.Check());
    const auto row = keys_.parts_.rows.Get(organization_, std::string(id));
    if (row) return keys_.Open(*row);
    if (row.error().code != ErrorCode::kNotFound) return Fail(row.error());
    return Fail(
        ErrorCode::kNotFound,
        fmt::format("the archive is sealed with the key {}, which is not the organization's", id),
        "decrypt it with the recovery sheet of those who made it: reprise decrypt");
  }

 private:
  const ArchiveKeys& keys_;
  const domain::OrganizationId organization_;
};

Result<storage::ArchiveKey> ArchiveKeys::Open(const catalog::SealedArchiveKey& row) const {
  ASSIGN_OR_RETURN(const std::string secret, parts_.sealer.open(row.sealed_secret, row.id));
  storage::ArchiveKey key{row.id, FromHex(secret), row.created_at};
  if (key.secret.size() == storage::kArchiveKeyBytes) return key;
  return Fail(ErrorCode::kInternal, fmt::format("the archive key {} is damaged", row.id));
}

Result<catalog::SealedArchiveKey> ArchiveKeys::Rotate(const domain::OrganizationId& organization) {
  const storage::ArchiveKey key = storage::NewArchiveKey(parts_.clock.Now());
  const catalog::SealedArchiveKey row{
      key.id, organization, parts_.sealer.seal(ToHex(key.secret), key.id), key.created_at};
  RETURN_IF_ERROR(parts_.rows.Insert(row));
  return row;
}

Status ArchiveKeys::EnsureOne(const domain::OrganizationId& organization) {
  ASSIGN_OR_RETURN(const auto rows, List(organization));
  if (rows.empty()) RETURN_IF_ERROR(Rotate(organization));
  return {};
}

Result<std::string> ArchiveKeys::RecoverySheet(const domain::OrganizationId& organization,
                                               const std::string& name) const {
  ASSIGN_OR_RETURN(const auto rows, List(organization));
  if (rows.empty()) return NoKey();
  storage::RecoverySheet sheet{
      fmt::format("{} ({})", name, organization.value), parts_.clock.Now(), {}};
  for (const catalog::SealedArchiveKey& row : rows) {
    ASSIGN_OR_RETURN(sheet.keys.emplace_back(), Open(row));
  }
  return storage::WriteRecoverySheet(sheet);
}

std::shared_ptr<storage::KeyRing> ArchiveKeys::RingOf(
    const domain::OrganizationId& organization) const {
  return std::make_shared<Ring>(*this, organization);
}

}  // namespace reprise::backup
