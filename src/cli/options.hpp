#pragma once

#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "cli/access_options.hpp"
#include "cli/cli.hpp"
#include "cli/plain_options.hpp"
#include "cli/server_options.hpp"
#include "cli/storage_options.hpp"
#include "cli/upkeep_options.hpp"
#include "cli/watch_options.hpp"

// What was typed, as plain values: one struct per command, so that commands know nothing of how a
// line is parsed.
namespace reprise::cli {

struct GlobalOptions {
  std::string url = "http://127.0.0.1:8080";
  std::string ca_file;  // PEM; empty: the authorities that the system trusts
  std::string token_file;
  std::string token;  // from the environment only: arguments are visible to everybody
  bool json = false;
};

struct EnvList {
  bool all = false;  // also deleted ones
};
struct EnvShow {
  std::string environment;
};
struct EnvAdopt {
  std::string name;
  std::string type;
  std::string odoo_container;
  std::string db_container;
  std::string pgbouncer_container;
  std::string db_name;
};
struct EnvCreate {
  std::string name;
  std::string type;
  std::string odoo_version;
  std::string postgres_version;
  bool detach = false;
};
struct EnvExpire {
  std::string environment;
  std::optional<int> minutes;
  bool never = false;  // it stays
};
struct EnvRemove {
  std::string environment;
  std::string confirm;
  bool detach = false;
};

struct BackupCreate {
  std::string environment;
  std::string name;
  std::string notes;
  std::string idempotency_key;
  std::string storage;  // name or id; empty: the organization's default
  bool no_filestore = false;
  bool incremental = false;
  bool detach = false;
};
struct BackupList {
  std::string environment;
  std::string status;
  bool all = false;
};
struct BackupShow {
  std::string backup;
};
struct BackupVerify {
  std::string backup;
  bool detach = false;
};
struct BackupImport {
  std::string file;          // of this machine, or
  std::string storage_key;   // of `storage`: it is left there, or
  std::string url;           // from where the server fetches it
  std::string headers_file;  // "-": the input. Never an argument, which everybody sees
  std::string sha256;        // of the file, or of what lies at the url
  std::string resume;        // id of an upload of the file
  bool at_once = false;      // the file in one request
  std::string name;
  std::string notes;
  std::string storage;
  bool detach = false;
};
struct BackupDownload {
  std::string backup;
  std::string to;  // file or folder; empty: the working folder
};
struct BackupDelete {
  std::string backup;
  std::string confirm;
};

struct Restore {
  std::string backup;
  std::string to = "original";
  std::string environment;
  std::string name;
  std::string type;
  std::string server;
  std::optional<int> lifetime_minutes;  // of the new environment
  bool no_safety_backup = false;
  bool no_filestore = false;
  std::string strategy;
  std::string neutralize;
  std::string identity;
  std::vector<std::string> mask;  // "none" alone: nothing; empty: as the project says
  std::string on_unhealthy;
  std::optional<int> keep_hours;
  std::string run_at;
  std::string idempotency_key;
  std::string confirm;
  bool yes = false;
  bool detach = false;
};
// The same line as a restore's; nothing is done.
struct Plan {
  Restore restore;
};
struct BackupProof {
  std::string backup;
};
struct ProofKeys {};
// A downloaded proof against a public key; needs no server.
struct ProofVerify {
  std::string file;
  std::string key;  // 64 hex digits, or a file that holds them
};
struct RestoresList {
  std::string environment;
};
struct RestoresShow {
  std::string restore;
};
struct RestoresProof {
  std::string restore;
};
struct RestoresRelease {
  std::string restore;
  bool yes = false;
  bool detach = false;
};
struct Undo {
  std::string restore;
  bool yes = false;
  bool detach = false;
};

struct TaskList {
  std::string status;
  std::string kind;
};
struct TaskShow {
  std::string task;
};
struct TaskWatch {
  std::string task;
};
struct TaskCancel {
  std::string task;
};
struct TaskLog {
  std::string task;
};

struct InspectFile {
  std::string file;
  std::string key_file;  // the recovery sheet, for a sealed one
};
struct VerifyFile {
  std::string file;
  std::string key_file;
};
struct DecryptFile {
  std::string file;
  std::string key_file;
  std::string to;  // a file; empty: the output
};

using Command = std::variant<
    ServeOptions, MigrateOptions, ExportOptions, ImportStateOptions, DoctorOptions, EnvList,
    EnvShow, EnvAdopt, EnvCreate, EnvExpire, EnvRemove, BackupCreate, BackupList, BackupShow,
    BackupVerify, BackupImport, BackupDownload, BackupDelete, Restore, RestoresList, RestoresShow,
    RestoresProof, RestoresRelease, Undo, TaskList, TaskShow, TaskWatch, TaskCancel, TaskLog,
    InspectFile, VerifyFile, DecryptFile, Login, Logout, WhoAmI, UserCommand, OrgCommand,
    QuotaCommand, ProjectCommand, MemberCommand, TeamCommand, TokenCommand, StorageCommand,
    RecoverySheetCommand, AuditCommand, WebhookCommand, ServerCommand, ScheduleCommand,
    RetentionCommand, SafeCopyCommand, BackupKeep, ProtectionCommand, DrillCommand, RescueCommand,
    SnapshotCommand, Plan, BackupProof, ProofKeys, ProofVerify, PlainCommand>;

// Commands that the program does itself, through a hook, without a server.
template <class Options>
inline constexpr bool kIsForHook =
    std::is_same_v<Options, ServeOptions> || std::is_same_v<Options, MigrateOptions> ||
    std::is_same_v<Options, ExportOptions> || std::is_same_v<Options, ImportStateOptions>;

struct ParsedLine {
  GlobalOptions global;
  std::optional<Command> command;  // empty: there is nothing to do but print `text`
  std::string text;                // help, version, or what is wrong
  int exit_code = 0;
};

using Variables = std::map<std::string, std::string>;
// The environment variables that count: REPRISE_* and DOCKER_HOST, HOME.
[[nodiscard]] Variables ReadVariables();
// Where `serve` keeps its data when it is not told: REPRISE_DATA, else a folder of the user's.
[[nodiscard]] std::string DefaultDataFolder(const Variables& variables);

// `args` without the program's name.
[[nodiscard]] ParsedLine ParseLine(const std::vector<std::string>& args,
                                   const Variables& variables);

}  // namespace reprise::cli
