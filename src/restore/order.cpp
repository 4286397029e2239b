#include "restore/order.hpp"

#include <fmt/format.h>

#include "base/id.hpp"
#include "domain/names.hpp"
#include "odoo/installation.hpp"
#include "restore/safe_copy_policy.hpp"
#include "restore/server_choice.hpp"

namespace reprise::restore {
namespace {

using domain::Backup;
using domain::Environment;
using domain::RestoreMode;
using domain::RestoreRequest;

Error FieldError(std::string field, std::string message, std::string hint = {}) {
  Error error{ErrorCode::kInvalidArgument, std::move(message), std::move(hint)};
  error.field = std::move(field);
  return error;
}

Status CheckChoices(const RestoreRequest& request) {
  if (request.strategy == domain::RestoreStrategy::kInPlace && !request.create_pre_restore_backup &&
      !MakesEnvironment(request.mode)) {
    return Fail(
        FieldError("/create_pre_restore_backup",
                   "strategy in_place drops the live database first, so it needs the safety "
                   "backup",
                   "leave create_pre_restore_backup on, or use side_by_side"));
  }
  return {};
}

Environment DescribeNew(const RestoreRequest& request, const Backup& backup,
                        const domain::ServerId& server, Instant now) {
  Environment environment;
  environment.id.value = NewUuid();
  environment.project_id = backup.project_id;
  environment.server_id = server;
  environment.name = request.new_environment.name;
  environment.type = request.new_environment.type;
  environment.status = domain::EnvironmentStatus::kDeploying;
  environment.origin = domain::EnvironmentOrigin::kDeployed;
  environment.odoo_version = backup.snapshot.odoo_version;
  environment.db_name = domain::DatabaseNameFor(environment.name);
  // What the containers will be called, so that a half-made one can be found.
  environment.containers = {environment.id.value + "_odoo", environment.id.value + "_db",
                            environment.id.value + "_pgbouncer"};
  environment.created_at = now;
  environment.updated_at = now;
  return environment;
}

Result<Environment> NewTarget(const OrderParts& parts, const RestoreRequest& request,
                              const Backup& backup, Instant now) {
  if (Status named = domain::CheckEnvironmentName(request.new_environment.name); !named) {
    named.error().field = "/target/new_environment/name";
    return Fail(std::move(named.error()));
  }
  if (request.new_environment.lifetime &&
      request.new_environment.type == domain::EnvironmentType::kProduction) {
    return Fail(FieldError("/target/new_environment/expires_in_minutes",
                           "a production never removes itself",
                           "leave the time out, or choose another environment type"));
  }
  ASSIGN_OR_RETURN(const catalog::Server server,
                   ChooseServer(parts.environments, parts.tenancy, request, backup));
  return DescribeNew(request, backup, server.id, now);
}

Result<Environment> ExistingTarget(const OrderParts& parts, const RestoreRequest& request,
                                   const Backup& backup) {
  const domain::EnvironmentId id =
      request.mode == RestoreMode::kOriginal ? backup.environment_id : request.environment_id;
  if (id.empty() && request.mode == RestoreMode::kExisting) {
    return Fail(FieldError("/target/environment_id", "is required for mode existing"));
  }
  if (id.empty()) {
    return Fail(FieldError("/target/mode",
                           "this backup was imported, so it has no original environment",
                           "use mode existing or new"));
  }
  return parts.environments.Get(id);
}

// Masked data is no data to go on with: never where somebody works with it.
Status CheckMask(const Order& order) {
  if (!order.request.mask || order.request.mask->empty()) return {};
  if (order.request.mode == RestoreMode::kOriginal) {
    return Fail(FieldError("/mask",
                           "a restore into the backup's own environment brings its data back",
                           "leave mask out, or restore into another environment"));
  }
  if (order.target.type == domain::EnvironmentType::kProduction) {
    return Fail(FieldError(
        "/mask", fmt::format("\"{}\" is production: it would lose its data", order.target.name),
        "leave mask out, or restore into an environment that is not production"));
  }
  return {};
}

Status DecideSafety(const OrderParts& parts, Order& order) {
  RETURN_IF_ERROR(CheckMask(order));
  domain::SafeCopySettings of_project;
  if (parts.safe_copies != nullptr) {
    ASSIGN_OR_RETURN(of_project, parts.safe_copies->Get(order.backup.project_id));
  }
  order.request.safe_copy = DecideSettings(order.request, order.backup, order.target, of_project);
  return {};
}

}  // namespace

Result<Order> ReadOrder(const OrderParts& parts, const RestoreRequest& request, Instant now) {
  Order order;
  order.request = request;
  order.is_new_environment = MakesEnvironment(request.mode);
  ASSIGN_OR_RETURN(order.backup, parts.backups.Get(request.backup_id));
  RETURN_IF_ERROR(CheckChoices(request));
  ASSIGN_OR_RETURN(order.target, order.is_new_environment
                                     ? NewTarget(parts, request, order.backup, now)
                                     : ExistingTarget(parts, request, order.backup));
  const bool in_place =
      request.strategy == domain::RestoreStrategy::kInPlace && !order.is_new_environment;
  order.strategy =
      in_place ? domain::RestoreStrategy::kInPlace : domain::RestoreStrategy::kSideBySide;
  RETURN_IF_ERROR(DecideSafety(parts, order));
  // In place there is no room for two, and a new environment keeps nothing yet.
  const bool may_keep = !order.is_new_environment && !in_place && parts.snapshots != nullptr;
  order.request.keep_snapshot = false;
  if (may_keep) {
    ASSIGN_OR_RETURN(order.request.keep_snapshot,
                     parts.snapshots->KeepsRestoresOf(order.target.id));
  }
  return order;
}

Status CheckAvailable(const Context& ctx, storage::ObjectStore& store, const Backup& backup) {
  if (backup.status != domain::BackupStatus::kCompleted) {
    return Fail(ErrorCode::kBackupNotAvailable,
                fmt::format("the backup \"{}\" is {}, not completed", backup.name,
                            domain::NameOf(backup.status)),
                "use a backup whose status is completed");
  }
  if (!backup.is_verified) {
    return Fail(ErrorCode::kBackupNotAvailable,
                fmt::format("the backup \"{}\" is not verified{}{}", backup.name,
                            backup.error_message.empty() ? "" : ": ", backup.error_message),
                "verify it, or use another one");
  }
  const auto info = store.Stat(ctx, domain::StorageAddressOf(backup));
  if (info && backup.compressed_size != 0 && info->size != backup.compressed_size) {
    return Fail(ErrorCode::kBackupNotAvailable,
                fmt::format("the archive of \"{}\" has {} bytes in storage, but had {} when it was "
                            "verified",
                            backup.name, info->size, backup.compressed_size),
                "it was altered since; use another backup");
  }
  if (info) return {};
  if (info.error().code != ErrorCode::kNotFound) return Fail(info.error());
  return Fail(ErrorCode::kBackupNotAvailable,
              fmt::format("the archive of the backup \"{}\" is gone from storage", backup.name),
              "use another backup");
}

Status CheckMajor(const std::string& of_backup, const std::string& of_target,
                  const std::string& target_name) {
  if (of_backup.empty() || of_target.empty()) return {};
  const int wanted = odoo::MajorOf(of_backup);
  if (wanted == odoo::MajorOf(of_target)) return {};
  return Fail(ErrorCode::kIncompatible,
              fmt::format("the backup is of Odoo {}, but \"{}\" runs Odoo {}", of_backup,
                          target_name, of_target),
              fmt::format("restore it into an environment of Odoo {}, or into a new one; from one "
                          "major to another is a migration, which a restore is not",
                          wanted));
}

Status CheckFits(const Order& order) {
  if (order.is_new_environment) {
    if (!order.backup.snapshot.odoo_version.empty()) return {};
    return Fail(ErrorCode::kIncompatible,
                "the backup does not say which Odoo it is of, so no new environment can be made",
                "restore it into an existing environment of the right version");
  }
  const Environment& target = order.target;
  if (target.status == domain::EnvironmentStatus::kDeleted) {
    return Fail(ErrorCode::kConflict, fmt::format("the environment \"{}\" is removed", target.name),
                "restore into a new environment");
  }
  if (target.status == domain::EnvironmentStatus::kDeploying) {
    return Fail(ErrorCode::kConflict,
                fmt::format("the environment \"{}\" is still being deployed", target.name),
                "wait until it runs");
  }
  if (target.project_id != order.backup.project_id) {
    return Fail(ErrorCode::kIncompatible,
                fmt::format("the backup and \"{}\" belong to different projects", target.name),
                "restore it into an environment of its own project");
  }
  return CheckMajor(order.backup.snapshot.odoo_version, target.odoo_version, target.name);
}

Status CheckConfirmation(const Order& order) {
  const std::string& given = order.request.confirm;
  if (given.empty() || given == "RESTORE" || given == order.target.name) return {};
  return Fail(ErrorCode::kConfirmationMissing,
              fmt::format(R"(the confirmation "{}" is not that of the target, which is "{}")",
                          given, order.target.name),
              "confirm with the target's name or with RESTORE, if it is the one that is meant");
}

}  // namespace reprise::restore
