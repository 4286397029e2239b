#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>
#include <charconv>
#include <functional>
#include <map>

#include "base/address_guard.hpp"
#include "cli/completion.hpp"
#include "cli/options.hpp"
#include "cli/parse_builder.hpp"

// This file and parse_access.cpp know the library which takes lines apart; nothing else does.
namespace reprise::cli {
namespace {

constexpr int kUsageExit = 2;

const std::vector<std::string> kTypes = {"development", "staging", "production", "testing"};

constexpr std::string_view kFooter = R"(Examples:
  reprise serve --data /var/lib/reprise
  reprise worker --catalog postgresql://reprise@db/reprise --storage /mnt/archives
  reprise env adopt shop --odoo shop-odoo-1 --db shop-db-1 --type production
  reprise backup create shop
  reprise restore "shop before update" --to original
  reprise restore nightly --to new --name shop-copy --type staging
  reprise undo RESTORE_ID
  reprise verify backup.zip

Names may stand for ids wherever they are unique. The server is that of --url or REPRISE_URL; the
token that of --token-file or REPRISE_TOKEN, or the one that "reprise login" keeps.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 refused or not confirmed, 5 conflict,
6 bad backup, 7 no space, 8 server not reachable, 9 cancelled, 130 interrupted.)";

void Detach(CLI::App& command, bool& into) {
  command.add_flag("--detach,-d", into, "do not wait for the task; print its id");
}

std::string CheckListen(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  int port = 0;
  if (colon == std::string::npos || colon == 0) return "must be HOST:PORT";
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data() + colon + 1, last, port);
  if (error != std::errc() || end != last || port < 0 || port > 65535) return "must be HOST:PORT";
  return {};
}

void SplitListen(const std::string& text, ServeOptions& into) {
  const std::size_t colon = text.rfind(':');
  into.host = text.substr(0, colon);
  if (into.host.size() > 2 && into.host.front() == '[' && into.host.back() == ']') {
    into.host = into.host.substr(1, into.host.size() - 2);
  }
  into.port = std::stoi(text.substr(colon + 1));
}

// Arguments can be read by everybody on the machine.
std::string CheckCatalogUrl(const std::string& url) {
  if (!url.starts_with("postgresql://") && !url.starts_with("postgres://")) {
    return "must be postgresql://USER@HOST:PORT/DATABASE";
  }
  const std::string_view rest = std::string_view(url).substr(url.find("://") + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  const std::string_view user = authority.substr(0, authority.rfind('@'));
  const bool has_user = authority.find('@') != std::string_view::npos;
  if ((has_user && user.find(':') != std::string_view::npos) ||
      url.find("password=") != std::string::npos) {
    return "a password on the command line can be read by everybody on this machine: use "
           "REPRISE_CATALOG, --catalog-file, PGPASSWORD or a passfile";
  }
  return {};
}

void AddCatalog(CLI::App& command, std::string& data, CatalogOptions& catalog) {
  command.add_option("--data", data, "folder of the catalog and the admin token")
      ->capture_default_str();
  // Either of them overrides what the environment says.
  CLI::Option* url = command.add_option_function<std::string>(
      "--catalog",
      [&catalog](const std::string& told) {
        catalog = {told, ""};
      },
      "the catalog's PostgreSQL (or REPRISE_CATALOG; default: SQLite in the data folder)");
  url->check(CLI::Validator(CheckCatalogUrl, "URL"));
  command
      .add_option_function<std::string>(
          "--catalog-file",
          [&catalog](const std::string& told) {
            catalog = {"", told};
          },
          "file with that URL (or REPRISE_CATALOG_FILE)")
      ->excludes(url);
}

CatalogOptions CatalogOf(const Variables& variables) {
  const auto value = [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  };
  return {value("REPRISE_CATALOG"), value("REPRISE_CATALOG_FILE")};
}

void AddNodeOptions(CLI::App& command, ServeOptions& options) {
  AddCatalog(command, options.data, options.catalog);
  command.add_option("--storage", options.storage,
                     "folder of the archives (default: storage, in the data folder)");
  command.add_flag("--allow-private-storage", options.allow_private_storage,
                   "storages of organizations may stand in private networks and on this machine");
  command.add_option("--import-host", options.import_hosts,
                     "HOST or HOST:PORT in a private network, or without TLS, that archives may be "
                     "fetched from; may be given several times");
  command
      .add_option_function<std::uint64_t>(
          "--import-limit", [&options](std::uint64_t told) { options.import_limit = told << 30; },
          "GiB of an archive that is fetched, at most (default 1024)")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 20));
  command.add_option("--docker", options.docker, "the Docker Engine (or DOCKER_HOST)")
      ->capture_default_str();
  command
      .add_option_function<int>(
          "--lease", [&options](int told) { options.lease = std::chrono::seconds(told); },
          "seconds that a node may be silent before another one takes its tasks (default 30)")
      ->check(CLI::Range(3, 3600));
  command
      .add_option("--load-jobs", options.load_jobs,
                  "connections that load a dump (default: as many as the target's server has "
                  "cores, at most 8)")
      ->check(CLI::Range(1, 8));
  command.add_option("--except-server", options.except_servers,
                     "leave the tasks on this server to workers of its own; may be given several "
                     "times");
  command.add_flag("--webhooks-to-private", options.webhooks_to_private,
                   "let webhooks go to this machine and its networks too");
  command.add_option("--image-odoo", options.images.odoo, "image of new environments")
      ->capture_default_str();
  command.add_option("--image-postgres", options.images.postgres)->capture_default_str();
  command.add_option("--image-pgbouncer", options.images.pgbouncer)->capture_default_str();
}

// Where people reach the server, and with whom they sign in there.
void AddPublicOptions(CLI::App& command, ServeOptions& options) {
  command
      .add_option("--public-url", options.public_url,
                  "address under which people reach this server (or REPRISE_PUBLIC_URL)")
      ->check(CLI::Validator(
          [](const std::string& url) {
            const Status fine = CheckUrl(url);
            return fine ? std::string() : fine.error().message;
          },
          "URL"));
  OidcSettings& oidc = options.oidc;
  command.add_option("--oidc-issuer", oidc.issuer,
                     "OpenID provider to sign in with (or REPRISE_OIDC_ISSUER)");
  command.add_option("--oidc-client-id", oidc.client_id,
                     "what it knows this server as (or REPRISE_OIDC_CLIENT_ID)");
  command.add_option("--oidc-secret-file", oidc.secret_file,
                     "file with the client's secret (or REPRISE_OIDC_SECRET_FILE)");
  command.add_option("--oidc-name", oidc.name, "what people know it as (or REPRISE_OIDC_NAME)");
  command.add_option("--oidc-join", oidc.join,
                     "ORGANIZATION:ROLE for people whom nobody here knows yet; without it they are "
                     "refused (or REPRISE_OIDC_JOIN)");
}

void AddMailOptions(CLI::App& command, MailSettings& mail) {
  command.add_option("--smtp-url", mail.url,
                     "server that takes mails: smtp://HOST:587 (STARTTLS) or smtps://HOST:465 (or "
                     "REPRISE_SMTP_URL)");
  command.add_option("--smtp-user", mail.user, "(or REPRISE_SMTP_USER)");
  command.add_option("--smtp-password-file", mail.password_file,
                     "file with the password (or REPRISE_SMTP_PASSWORD_FILE)");
  command.add_option("--smtp-from", mail.from,
                     "address that mails come from (or REPRISE_SMTP_FROM)");
  command.add_option("--smtp-ca-file", mail.ca_file,
                     "certificates to trust instead of the system's (or REPRISE_SMTP_CA_FILE)");
  command.add_flag("--smtp-in-the-clear", mail.in_the_clear,
                   "without TLS, to a mail server on this machine");
}

std::string ValueOf(const Variables& variables, const char* name) {
  const auto found = variables.find(name);
  return found == variables.end() ? std::string() : found->second;
}

ServeOptions NodeDefaults(const Variables& variables, NodeRole role) {
  ServeOptions defaults;
  defaults.role = role;
  defaults.catalog = CatalogOf(variables);
  defaults.data = DefaultDataFolder(variables);
  defaults.public_url = ValueOf(variables, "REPRISE_PUBLIC_URL");
  defaults.oidc = {
      ValueOf(variables, "REPRISE_OIDC_ISSUER"),      ValueOf(variables, "REPRISE_OIDC_CLIENT_ID"),
      ValueOf(variables, "REPRISE_OIDC_SECRET_FILE"), "",
      ValueOf(variables, "REPRISE_OIDC_NAME"),        ValueOf(variables, "REPRISE_OIDC_JOIN")};
  defaults.mail.url = ValueOf(variables, "REPRISE_SMTP_URL");
  defaults.mail.user = ValueOf(variables, "REPRISE_SMTP_USER");
  defaults.mail.password_file = ValueOf(variables, "REPRISE_SMTP_PASSWORD_FILE");
  defaults.mail.from = ValueOf(variables, "REPRISE_SMTP_FROM");
  defaults.mail.ca_file = ValueOf(variables, "REPRISE_SMTP_CA_FILE");
  if (const auto host = variables.find("DOCKER_HOST"); host != variables.end()) {
    defaults.docker = host->second;
  }
  return defaults;
}

void AddServe(Builder& build, const Variables& variables) {
  build.Add<ServeOptions>(
      build.app(), "serve", "Run the server: API, queue and workers",
      [](CLI::App& command, ServeOptions& options) {
        AddNodeOptions(command, options);
        AddPublicOptions(command, options);
        AddMailOptions(command, options.mail);
        command
            .add_option_function<std::string>(
                "--listen", [&options](const std::string& text) { SplitListen(text, options); },
                "HOST:PORT to listen on (default 127.0.0.1:8080)")
            ->check(CLI::Validator(CheckListen, "HOST:PORT"));
        AddEdgeOptions(command, options.edge);
        command.add_option("--workers", options.workers, "tasks at the same time; 0: API only")
            ->check(CLI::Range(0, 64))
            ->capture_default_str();
      },
      NodeDefaults(variables, NodeRole::kServe));
}

void AddWorker(Builder& build, const Variables& variables) {
  build.Add<ServeOptions>(
      build.app(), "worker", "Run tasks only, beside other nodes on one PostgreSQL catalog",
      [](CLI::App& command, ServeOptions& options) {
        AddNodeOptions(command, options);
        command
            .add_option("--server", options.on_server,
                        "name of the server on which this worker stands, to run only its tasks")
            ->excludes("--except-server");
        command.add_option("--workers", options.workers, "tasks at the same time")
            ->check(CLI::Range(1, 64))
            ->capture_default_str();
      },
      NodeDefaults(variables, NodeRole::kWorker));
}

void AddMigrate(Builder& build, const Variables& variables) {
  build.Add<MigrateOptions>(build.app(), "migrate",
                            "Bring the catalog's schema up to date, and nothing else",
                            [](CLI::App& command, MigrateOptions& options) {
                              AddCatalog(command, options.data, options.catalog);
                            },
                            {DefaultDataFolder(variables), CatalogOf(variables)});
}

void AddState(Builder& build, const Variables& variables) {
  build.Add<ExportOptions>(
      build.app(), "export", "Write the catalog into one file, also while the server runs",
      [](CLI::App& command, ExportOptions& options) {
        AddCatalog(command, options.data, options.catalog);
        command.add_option("--out", options.out,
                           "the file (default: reprise-state-TIME.jsonl, in this folder)");
        command.add_flag("--with-secret-key", options.with_secret_key,
                         "put secret.key in too: who has the file then has all that is sealed");
      },
      {DefaultDataFolder(variables), CatalogOf(variables)});
  build.Add<ImportStateOptions>(
      build.app(), "import-state", "Fill a new, empty catalog from such a file",
      [](CLI::App& command, ImportStateOptions& options) {
        AddCatalog(command, options.data, options.catalog);
        command.add_option("file", options.file, "what reprise export wrote")->required();
        command.add_flag("--without-secret-key", options.without_secret_key,
                         "go on without the old secret.key: what is sealed is lost");
      },
      {DefaultDataFolder(variables), CatalogOf(variables)});
}

void AddDoctor(Builder& build, const Variables& variables) {
  build.Add<DoctorOptions>(
      build.app(), "doctor", "Say what is wrong with an installation; run it where that is",
      [](CLI::App& command, DoctorOptions& options) {
        ServeOptions& node = options.node;
        AddCatalog(command, node.data, node.catalog);
        command.add_option("--storage", node.storage,
                           "folder of the archives (default: storage, in the data folder)");
        command.add_flag("--allow-private-storage", node.allow_private_storage,
                         "as the server is started");
        command.add_option("--docker", node.docker, "the Docker Engine (or DOCKER_HOST)")
            ->capture_default_str();
        command
            .add_option_function<std::string>(
                "--listen", [&node](const std::string& text) { SplitListen(text, node); },
                "HOST:PORT that the server listens on (default 127.0.0.1:8080)")
            ->check(CLI::Validator(CheckListen, "HOST:PORT"));
      },
      {NodeDefaults(variables, NodeRole::kServe)});
}

// Not a Command: the script is made of what all of these functions declare.
void AddCompletion(CLI::App& app, std::string& shell) {
  app.add_subcommand("completion", "Print a script that completes lines in a shell")
      ->add_option("shell", shell, "which one")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

// "90m", "4h" or "2d", in minutes.
void Lifetime(CLI::Option* option) {
  static const std::map<std::string, int> units = {{"m", 1}, {"h", 60}, {"d", 24 * 60}};
  option->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED, "TIME"))
      ->check(CLI::Range(1, 525600));
}

void AddEnv(Builder& build) {
  CLI::App& group = build.Group("env", "Environments: an Odoo and its database");
  build.Add<EnvList>(group, "list", "List environments", [](CLI::App& command, EnvList& options) {
    command.add_flag("--all,-a", options.all, "also deleted ones");
  });
  build.Add<EnvShow>(group, "show", "Show one", [](CLI::App& command, EnvShow& options) {
    command.add_option("environment", options.environment, "name or id")->required();
  });
  build.Add<EnvAdopt>(
      group, "adopt", "Register an Odoo that runs in containers already",
      [](CLI::App& command, EnvAdopt& options) {
        command.add_option("name", options.name, "what to call it")->required();
        command.add_option("--odoo", options.odoo_container, "Odoo's container")->required();
        command.add_option("--db", options.db_container, "PostgreSQL's container")->required();
        command.add_option("--pgbouncer", options.pgbouncer_container, "PgBouncer's container");
        command.add_option("--database", options.db_name,
                           "the database (default: read from the containers)");
        command.add_option("--type,-t", options.type, "what it is for")
            ->check(CLI::IsMember(kTypes));
      });
  build.Add<EnvCreate>(
      group, "create", "Make a new, empty environment", [](CLI::App& command, EnvCreate& options) {
        command.add_option("name", options.name, "what to call it")->required();
        command.add_option("--odoo-version", options.odoo_version, "such as 16.0")->required();
        command.add_option("--postgres-version", options.postgres_version,
                           "major (default: the newest that this Odoo knows)");
        command.add_option("--type,-t", options.type, "what it is for")
            ->check(CLI::IsMember(kTypes));
        Detach(command, options.detach);
      });
  build.Add<EnvExpire>(
      group, "expire", "Let one remove itself, or stay after all",
      [](CLI::App& command, EnvExpire& options) {
        command.add_option("environment", options.environment, "name or id")->required();
        CLI::Option* in =
            command.add_option("--in", options.minutes, "so long from now: 90m, 4h, 2d");
        Lifetime(in);
        command.add_flag("--never", options.never, "it stays")->excludes(in);
      });
  build.Add<EnvRemove>(
      group, "remove", "Remove one (adopted ones are only forgotten)",
      [](CLI::App& command, EnvRemove& options) {
        command.add_option("environment", options.environment, "name or id")->required();
        command.add_option("--confirm", options.confirm, "its name, instead of being asked");
        Detach(command, options.detach);
      });
}

void AddBackupMaking(Builder& build, CLI::App& group) {
  build.Add<BackupCreate>(
      group, "create", "Back an environment up", [](CLI::App& command, BackupCreate& options) {
        command.add_option("environment", options.environment, "name or id")->required();
        command.add_option("--name,-n", options.name, "what to call it");
        command.add_option("--notes", options.notes);
        command.add_flag("--no-filestore", options.no_filestore, "the database only");
        command.add_flag("--incremental", options.incremental,
                         "take attachments from earlier such backups, where they are in storage");
        command.add_option("--storage", options.storage, "name or id (the default one)");
        command.add_option("--idempotency-key", options.idempotency_key,
                           "the same key twice makes one backup");
        Detach(command, options.detach);
      });
  build.Add<BackupImport>(
      group, "import",
      "Upload an archive, register one in a storage, or have one fetched: ours, Odoo's own zip, "
      ".dump, .sql(.gz|.zst)",
      [](CLI::App& command, BackupImport& options) {
        auto* file = command.add_option("file", options.file)->check(CLI::ExistingFile);
        auto* key = command
                        .add_option("--key", options.storage_key,
                                    "of an archive that lies in the storage already: it is left "
                                    "there")
                        ->excludes(file);
        auto* url = command
                        .add_option("--from", options.url,
                                    "https address from where the server is to fetch it")
                        ->excludes(file)
                        ->excludes(key);
        command
            .add_option("--headers", options.headers_file,
                        "file, or - for the input, with lines like Authorization: Bearer …")
            ->needs(url);
        auto* sha256 = command.add_option("--sha256", options.sha256, "what it must have, in hex");
        command
            .add_option("--resume", options.resume,
                        "id of an upload to go on with (default: one of the same file)")
            ->needs(file);
        command
            .add_flag("--at-once", options.at_once,
                      "in one request, which cannot be gone on with but needs no room for parts")
            ->needs(file)
            ->excludes("--resume")
            ->excludes(sha256);
        command.add_option("--name,-n", options.name, "what to call it (default: the file's name)");
        command.add_option("--notes", options.notes);
        command.add_option("--storage", options.storage, "name or id (the default one)");
        Detach(command, options.detach);
      });
}

void AddBackup(Builder& build) {
  CLI::App& group = build.Group("backup", "Backups of environments");
  AddBackupMaking(build, group);
  build.Add<BackupList>(
      group, "list", "List backups, newest first", [](CLI::App& command, BackupList& options) {
        command.add_option("--env,-e", options.environment, "of this environment only");
        command.add_option("--status", options.status, "pending, running, completed, …");
        command.add_flag("--all,-a", options.all, "also deleted ones");
      });
  build.Add<BackupShow>(group, "show", "Show one", [](CLI::App& command, BackupShow& options) {
    command.add_option("backup", options.backup, "name or id")->required();
  });
  build.Add<BackupVerify>(group, "verify", "Read a whole archive through again",
                          [](CLI::App& command, BackupVerify& options) {
                            command.add_option("backup", options.backup, "name or id")->required();
                            Detach(command, options.detach);
                          });
  build.Add<BackupProof>(group, "proof", "Print what was proven when it was verified",
                         [](CLI::App& command, BackupProof& options) {
                           command.add_option("backup", options.backup, "name or id")->required();
                         });
  build.Add<BackupDownload>(
      group, "download", "Fetch an archive", [](CLI::App& command, BackupDownload& options) {
        command.add_option("backup", options.backup, "name or id")->required();
        command.add_option("--output,-o", options.to, "file or folder to write to");
      });
  AddBackupKeep(build, group);
  build.Add<BackupDelete>(
      group, "delete", "Delete an archive", [](CLI::App& command, BackupDelete& options) {
        command.add_option("backup", options.backup, "name or id")->required();
        command.add_option("--confirm", options.confirm, "its name or id, instead of being asked");
      });
}

void AddProof(Builder& build) {
  CLI::App& group = build.Group("proof", "What was proven, signed by the installation");
  build.Add<ProofKeys>(group, "key", "Print the public keys that proofs are signed with",
                       [](CLI::App&, ProofKeys&) {});
  build.Add<ProofVerify>(
      group, "verify", "Say whether a downloaded proof is genuine (needs no server)",
      [](CLI::App& command, ProofVerify& options) {
        command.add_option("file", options.file)->required()->check(CLI::ExistingFile);
        command.add_option("--key,-k", options.key, "the public key, or a file that holds it")
            ->required();
      });
}

void AddRestorePlace(CLI::App& command, Restore& options) {
  command.add_option("backup", options.backup, "name or id of the backup")->required();
  command.add_option("--to", options.to, "where to")
      ->check(CLI::IsMember({"original", "existing", "new", "cross-server"}))
      ->capture_default_str();
  command.add_option("--env,-e", options.environment, "the target (--to existing)");
  command.add_option("--name,-n", options.name, "of the new environment");
  command.add_option("--type,-t", options.type, "of the new environment (staging)")
      ->check(CLI::IsMember(kTypes));
  command.add_option("--server", options.server, "for the new environment");
  Lifetime(command.add_option("--expires-in", options.lifetime_minutes,
                              "the new environment removes itself so long after: 90m, 4h, 2d"));
}

void AddRestoreChoices(CLI::App& command, Restore& options) {
  command.add_flag("--no-safety-backup", options.no_safety_backup,
                   "do not back the target up first (not for production)");
  command.add_flag("--no-filestore", options.no_filestore, "leave the target's files as they are");
  command.add_option("--strategy", options.strategy, "how (default auto)")
      ->check(CLI::IsMember({"auto", "side_by_side", "in_place"}));
  command.add_option("--neutralize", options.neutralize, "no mails, crons, payments in the copy")
      ->check(CLI::IsMember({"auto", "true", "false"}));
  command.add_option("--mask", options.mask, "personal data to mask in the copy, or none")
      ->delimiter(',')
      ->check(CLI::IsMember({"partners", "users", "messages", "attachments", "all", "none"}));
  command.add_option("--identity", options.identity, "uuid, secret and base URL")
      ->check(CLI::IsMember({"auto", "keep", "reset"}));
  command.add_option("--on-unhealthy", options.on_unhealthy, "when Odoo does not come up")
      ->check(CLI::IsMember({"rollback", "leave"}));
  command.add_option("--keep-hours", options.keep_hours, "how long undo stays possible (24)")
      ->check(CLI::Range(0, 8760));
}

void AddRestoreOptions(CLI::App& command, Restore& options) {
  AddRestoreChoices(command, options);
  command.add_option("--at", options.run_at, "begin at this time (2024-12-11T22:00:00Z)");
  command.add_option("--idempotency-key", options.idempotency_key,
                     "the same key twice makes one restore");
  command.add_option("--confirm", options.confirm, "RESTORE, or the target's name: not asked then");
  command.add_flag("--yes,-y", options.yes, "do not ask");
  Detach(command, options.detach);
}

void AddRestore(Builder& build) {
  build.Add<Restore>(build.app(), "restore", "Restore a backup",
                     [](CLI::App& command, Restore& options) {
                       AddRestorePlace(command, options);
                       AddRestoreOptions(command, options);
                     });
  build.Add<Plan>(build.app(), "plan", "Say what a restore would do and lose; nothing is done",
                  [](CLI::App& command, Plan& options) {
                    AddRestorePlace(command, options.restore);
                    AddRestoreChoices(command, options.restore);
                  });
  build.Add<Undo>(build.app(), "undo", "Put back what was there before a restore",
                  [](CLI::App& command, Undo& options) {
                    command.add_option("restore", options.restore, "id of the restore")->required();
                    command.add_flag("--yes,-y", options.yes, "do not ask");
                    Detach(command, options.detach);
                  });
}

void AddRestores(Builder& build) {
  CLI::App& group = build.Group("restores", "Restores that were made");
  build.Add<RestoresList>(
      group, "list", "List restores, newest first", [](CLI::App& command, RestoresList& options) {
        command.add_option("--env,-e", options.environment, "into this environment only");
      });
  build.Add<RestoresShow>(group, "show", "Show one", [](CLI::App& command, RestoresShow& options) {
    command.add_option("restore", options.restore, "id")->required();
  });
  build.Add<RestoresProof>(group, "proof", "Print what was proven before the swap (JSON)",
                           [](CLI::App& command, RestoresProof& options) {
                             command.add_option("restore", options.restore, "id")->required();
                           });
  build.Add<RestoresRelease>(group, "release",
                             "Drop the previous state now: frees its space, ends undo",
                             [](CLI::App& command, RestoresRelease& options) {
                               command.add_option("restore", options.restore, "id")->required();
                               command.add_flag("--yes,-y", options.yes, "do not ask");
                               Detach(command, options.detach);
                             });
}

template <class Options>
void AddTaskCommand(Builder& build, CLI::App& group, const std::string& name,
                    const std::string& help) {
  build.Add<Options>(group, name, help, [](CLI::App& command, Options& options) {
    command.add_option("task", options.task, "id")->required();
  });
}

void AddTask(Builder& build) {
  CLI::App& group = build.Group("task", "What the server works on");
  build.Add<TaskList>(group, "list", "List tasks", [](CLI::App& command, TaskList& options) {
    command.add_option("--status", options.status, "queued, running, completed, failed, cancelled");
    command.add_option("--kind", options.kind, "backup, restore, undo, …");
  });
  AddTaskCommand<TaskShow>(build, group, "show", "Show one with its steps");
  AddTaskCommand<TaskWatch>(build, group, "watch", "Follow one until it ends");
  AddTaskCommand<TaskCancel>(build, group, "cancel", "Ask one to stop");
  AddTaskCommand<TaskLog>(build, group, "log", "Print its log");
}

void AddFiles(Builder& build) {
  constexpr auto kKeyFile = "recovery sheet that opens the file, when it is sealed";
  build.Add<InspectFile>(build.app(), "inspect", "Say what a backup file holds (needs no server)",
                         [](CLI::App& command, InspectFile& options) {
                           command.add_option("file", options.file)->required();
                           command.add_option("--key-file", options.key_file, kKeyFile);
                         });
  build.Add<DecryptFile>(
      build.app(), "decrypt", "Open a sealed backup file with a recovery sheet (needs no server)",
      [](CLI::App& command, DecryptFile& options) {
        command.add_option("file", options.file, "as it lies in the storage")->required();
        command.add_option("--key-file", options.key_file, kKeyFile)->required();
        command.add_option("--output,-o", options.to, "file to write (default: the output)");
      });
  build.Add<VerifyFile>(build.app(), "verify",
                        "Read a backup file through and check it (needs no server)",
                        [](CLI::App& command, VerifyFile& options) {
                          command.add_option("file", options.file)->required();
                          command.add_option("--key-file", options.key_file, kKeyFile);
                        });
}

void AddGlobals(CLI::App& app, GlobalOptions& global, const Variables& variables) {
  const auto take = [&](const char* name, std::string& into) {
    if (const auto value = variables.find(name); value != variables.end()) into = value->second;
  };
  take("REPRISE_URL", global.url);
  take("REPRISE_TOKEN", global.token);
  take("REPRISE_CA_FILE", global.ca_file);
  take("REPRISE_TOKEN_FILE", global.token_file);
  app.add_option("--url", global.url, "the server (or REPRISE_URL)")->capture_default_str();
  app.add_option("--ca-file", global.ca_file,
                 "PEM file of the authority behind an https server (or REPRISE_CA_FILE)");
  app.add_option("--token-file", global.token_file, "file with the token (else REPRISE_TOKEN)");
  app.add_flag("--json", global.json, "print the API's JSON only");
  app.fallthrough();  // globals may stand behind the command
}

}  // namespace

namespace {

// The command that a line came to before it was at a loss.
const CLI::App& LastNamed(const CLI::App& app) {
  const CLI::App* last = &app;
  while (!last->get_subcommands().empty()) last = last->get_subcommands().front();
  return *last;
}

}  // namespace

ParsedLine ParseLine(const std::vector<std::string>& args, const Variables& variables) {
  ParsedLine line;
  CLI::App app("reprise restores Odoo environments from backups, and proves it.", "reprise");
  app.set_version_flag("--version", "reprise " REPRISE_VERSION);
  app.require_subcommand(1);
  app.footer(std::string(kFooter));
  AddGlobals(app, line.global, variables);
  Builder build(app, line.command);
  AddServe(build, variables);
  AddWorker(build, variables);
  AddMigrate(build, variables);
  AddState(build, variables);
  AddDoctor(build, variables);
  std::string shell;
  AddCompletion(app, shell);
  AddEnv(build);
  AddBackup(build);
  AddRestore(build);
  AddRestores(build);
  AddTask(build);
  AddProof(build);
  AddFiles(build);
  AddUpkeepCommands(build);
  AddSnapshotCommands(build);
  AddRescueCommands(build);
  AddAccessCommands(build);
  AddStorageCommands(build);
  AddWatchCommands(build);
  AddServerCommands(build);
  AddPlainCommands(build);
  try {
    std::vector<std::string> reversed(args.rbegin(), args.rend());
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream complaint;
    const int code = app.exit(error, out, complaint);
    line.command.reset();
    line.text = code == 0 ? out.str() : complaint.str();
    const CLI::App& group = LastNamed(app);
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError) &&
        &group != &app && !group.get_subcommands({}).empty()) {
      line.text = fmt::format("reprise {} is a group of commands: name one of them\n\n{}",
                              group.get_name(), group.help("reprise"));
    }
    line.exit_code = code == 0 ? 0 : kUsageExit;
    return line;
  }
  if (!shell.empty()) line.text = CompletionScript(app, shell);
  return line;
}

}  // namespace reprise::cli
