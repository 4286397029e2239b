#pragma once

#include "base/error.hpp"
#include "cli/options.hpp"
#include "cli/session.hpp"

// One function per command. They print their results and return what went wrong.
namespace reprise::cli {

[[nodiscard]] Status Run(const Session& session, const EnvList& options);
[[nodiscard]] Status Run(const Session& session, const EnvShow& options);
[[nodiscard]] Status Run(const Session& session, const EnvAdopt& options);
[[nodiscard]] Status Run(const Session& session, const EnvCreate& options);
[[nodiscard]] Status Run(const Session& session, const EnvExpire& options);
[[nodiscard]] Status Run(const Session& session, const EnvRemove& options);

[[nodiscard]] Status Run(const Session& session, const BackupCreate& options);
[[nodiscard]] Status Run(const Session& session, const BackupList& options);
[[nodiscard]] Status Run(const Session& session, const BackupShow& options);
[[nodiscard]] Status Run(const Session& session, const BackupVerify& options);
[[nodiscard]] Status Run(const Session& session, const BackupImport& options);
[[nodiscard]] Status Run(const Session& session, const BackupDownload& options);
[[nodiscard]] Status Run(const Session& session, const BackupDelete& options);

[[nodiscard]] Status Run(const Session& session, const Restore& options);
[[nodiscard]] Status Run(const Session& session, const Plan& options);
[[nodiscard]] Status Run(const Session& session, const BackupProof& options);
[[nodiscard]] Status Run(const Session& session, const ProofKeys& options);
[[nodiscard]] Status Run(const Session& session, const RestoresList& options);
[[nodiscard]] Status Run(const Session& session, const RestoresShow& options);
[[nodiscard]] Status Run(const Session& session, const RestoresProof& options);
[[nodiscard]] Status Run(const Session& session, const RestoresRelease& options);
[[nodiscard]] Status Run(const Session& session, const Undo& options);

[[nodiscard]] Status Run(const Session& session, const TaskList& options);
[[nodiscard]] Status Run(const Session& session, const TaskShow& options);
[[nodiscard]] Status Run(const Session& session, const TaskWatch& options);
[[nodiscard]] Status Run(const Session& session, const TaskCancel& options);
[[nodiscard]] Status Run(const Session& session, const TaskLog& options);

[[nodiscard]] Status Run(const Session& session, const Login& options);
[[nodiscard]] Status Run(const Session& session, const Logout& options);
[[nodiscard]] Status Run(const Session& session, const WhoAmI& options);
[[nodiscard]] Status Run(const Session& session, const UserCommand& options);
[[nodiscard]] Status Run(const Session& session, const OrgCommand& options);
[[nodiscard]] Status Run(const Session& session, const QuotaCommand& options);
[[nodiscard]] Status Run(const Session& session, const ProjectCommand& options);
[[nodiscard]] Status Run(const Session& session, const MemberCommand& options);
[[nodiscard]] Status Run(const Session& session, const TeamCommand& options);
[[nodiscard]] Status Run(const Session& session, const TokenCommand& options);
[[nodiscard]] Status Run(const Session& session, const StorageCommand& options);
[[nodiscard]] Status Run(const Session& session, const RecoverySheetCommand& options);
[[nodiscard]] Status Run(const Session& session, const ServerCommand& options);

[[nodiscard]] Status Run(const Session& session, const ScheduleCommand& options);
[[nodiscard]] Status Run(const Session& session, const RetentionCommand& options);
[[nodiscard]] Status Run(const Session& session, const SafeCopyCommand& options);
[[nodiscard]] Status Run(const Session& session, const BackupKeep& options);
[[nodiscard]] Status Run(const Session& session, const ProtectionCommand& options);
[[nodiscard]] Status Run(const Session& session, const DrillCommand& options);
[[nodiscard]] Status Run(const Session& session, const RescueCommand& options);
[[nodiscard]] Status Run(const Session& session, const SnapshotCommand& options);

[[nodiscard]] Status Run(const Session& session, const AuditCommand& options);
[[nodiscard]] Status Run(const Session& session, const WebhookCommand& options);

[[nodiscard]] Status Run(const Session& session, const PlainCommand& command);

// A password, typed unseen or read from the input. kConfirmationMissing without one.
[[nodiscard]] Result<std::string> AskSecret(const Session& session, const Login& options,
                                            std::string_view question);

// These need no server.
[[nodiscard]] Status Run(const Session& session, const InspectFile& options);
[[nodiscard]] Status Run(const Session& session, const VerifyFile& options);
[[nodiscard]] Status Run(const Session& session, const DecryptFile& options);
[[nodiscard]] Status Run(const Session& session, const ProofVerify& options);
[[nodiscard]] Status Run(const Session& session, const DoctorOptions& options);

// The `id_member` of the one item of a list whose `member` is `text`; an empty text means the only
// one that there is. An id stands for itself.
[[nodiscard]] Result<std::string> ResolveBy(const Session& session, const std::string& path,
                                            std::string_view member, const std::string& text,
                                            std::string_view thing, std::string_view id_member);
[[nodiscard]] Result<std::string> ResolveOrganization(const Session& session,
                                                      const std::string& text);
[[nodiscard]] Result<std::string> ResolveProject(const Session& session, const std::string& text);

// A plan as a person reads it: a sentence, then what would be lost, then the checks.
[[nodiscard]] std::string DescribePlan(const boost::json::object& plan);
// The few lines of it that matter before a confirmation: what is lost, what warns, what blocks.
[[nodiscard]] std::string PlanInShort(const boost::json::object& plan);
// The body of a restore, and of its plan.
[[nodiscard]] Result<boost::json::object> RestoreBody(const Session& session,
                                                      const Restore& options,
                                                      const std::string& backup_id);

// What is to be masked, as the API takes it; "none" stands for nothing.
[[nodiscard]] boost::json::array MaskOf(const std::vector<std::string>& names);

// What a restore has come to, in a few lines; `restore` as the API shows it.
[[nodiscard]] std::string SummaryOf(const Session& session, const boost::json::object& restore);
// The page of facts about one environment, backup or restore.
[[nodiscard]] std::string DescribeEnvironment(const Session& session,
                                              const boost::json::object& environment);
[[nodiscard]] std::string DescribeBackup(const Session& session, const boost::json::object& backup);

// The object in an answer; kInternal when it is none.
[[nodiscard]] Result<boost::json::object> FetchObject(const Session& session,
                                                      const std::string& path);
// Follows the task and, when it is completed, prints what `path` then answers: the JSON, or
// `describe` of it.
using Describe = std::string (*)(const Session&, const boost::json::object&);
[[nodiscard]] Status FinishTask(const Session& session, const std::string& task_id,
                                const std::string& path, Describe describe);

}  // namespace reprise::cli
