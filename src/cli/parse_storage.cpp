#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "cli/parse_builder.hpp"

// The lines about storages.
namespace reprise::cli {
namespace {

constexpr auto kEncrypt = "seal new archives with the organization's key";

void AddSettings(CLI::App& command, StorageCommand& options) {
  for (const auto& [flag, name, help] :
       {std::tuple("--endpoint", "endpoint", "such as https://s3.eu-central-1.amazonaws.com"),
        std::tuple("--region", "region", "of the bucket"),
        std::tuple("--bucket", "bucket", "where the archives go"),
        std::tuple("--prefix", "prefix", "of all keys in it"),
        std::tuple("--sse", "server_side_encryption", "AES256 or aws:kms"),
        std::tuple("--kms-key-id", "kms_key_id", "for --sse aws:kms"),
        std::tuple("--folder", "folder", "for local, sftp and ftps: an absolute path"),
        std::tuple("--host", "host", "of sftp and ftps"),
        std::tuple("--user", "username", "of sftp and ftps"),
        std::tuple("--host-key", "host_key", "of sftp: SHA256:… as ssh-keygen -l tells it"),
        std::tuple("--key-pin", "public_key_pin",
                   "of ftps: sha256//… of the server's public key")}) {
    command.add_option_function<std::string>(
        flag,
        [&options, key = std::string(name)](const std::string& text) {
          options.settings[key] = text;
        },
        help);
  }
  command.add_option("--path-style", options.path_style, "true: https://endpoint/bucket/key")
      ->check(CLI::IsMember({"true", "false"}));
  command
      .add_option("--implicit-tls", options.implicit_tls, "true: ftps of the old kind (port 990)")
      ->check(CLI::IsMember({"true", "false"}));
  command.add_option("--part-size", options.part_size_mb, "MiB of the first parts of an upload")
      ->check(CLI::Range(5, 64));
  command.add_option("--port", options.port, "of sftp (22) and ftps (21)")
      ->check(CLI::Range(1, 65535));
  command.add_option("--key-file", options.key_file, "private key for sftp");
  command.add_option("--ca-file", options.ca_file, "certificates (PEM) to trust");
  command.add_option("--secrets", options.secrets_file,
                     "file, or - for the input, with lines like secret_access_key=… or password=…");
  command.add_flag("--secrets-from-env", options.secrets_from_env,
                   "take AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN");
}

void AddOrganization(CLI::App& command, StorageCommand& options) {
  command.add_option("--org,-o", options.organization,
                     "name or id of the organization (default: the only one)");
}

void AddOne(Builder& build, CLI::App& group, const std::string& name, StorageVerb verb,
            const std::string& help) {
  StorageCommand defaults;
  defaults.verb = verb;
  build.Add<StorageCommand>(
      group, name, help,
      [](CLI::App& command, StorageCommand& options) {
        command.add_option("storage", options.storage, "name or id")->required();
      },
      defaults);
}

}  // namespace

void AddStorageCommands(Builder& build) {
  CLI::App& group = build.Group("storage", "Where archives are kept");
  build.Add<StorageCommand>(group, "list", "List storages", [](CLI::App&, StorageCommand&) {});
  AddOne(build, group, "show", StorageVerb::kShow, "Show a storage and what it holds");
  StorageCommand create;
  create.verb = StorageVerb::kCreate;
  build.Add<StorageCommand>(
      group, "create", "Add a storage; its secrets come from a file, the input or the environment",
      [](CLI::App& command, StorageCommand& options) {
        command.add_option("name", options.name)->required();
        command
            .add_option("--provider", options.provider,
                        "s3, r2, b2, minio, ceph, sftp, ftps, ftp (without TLS) or local")
            ->required();
        command.add_flag("--default", options.is_default, "new backups go there");
        command.add_flag("--encrypt", options.encrypt, kEncrypt);
        AddOrganization(command, options);
        AddSettings(command, options);
      },
      create);
  StorageCommand change;
  change.verb = StorageVerb::kChange;
  build.Add<StorageCommand>(
      group, "change", "Change a storage; what is left out stays",
      [](CLI::App& command, StorageCommand& options) {
        command.add_option("storage", options.storage, "name or id")->required();
        command.add_option("--name", options.name, "another name");
        CLI::Option* on = command.add_flag("--encrypt", options.encrypt, kEncrypt);
        command.add_flag("--no-encrypt", options.no_encrypt, "take new archives as they are")
            ->excludes(on);
        AddSettings(command, options);
      },
      change);
  AddOne(build, group, "default", StorageVerb::kDefault, "Send new backups to a storage");
  AddOne(build, group, "test", StorageVerb::kTest, "Write, read, list and delete in a storage");
  AddOne(build, group, "remove", StorageVerb::kRemove, "Remove a storage that holds no backups");
  CLI::App& keys = build.Group("keys", "What an organization's archives are sealed with");
  build.Add<RecoverySheetCommand>(
      keys, "recovery-sheet", "Write what opens its sealed archives without a server",
      [](CLI::App& command, RecoverySheetCommand& options) {
        command.add_option("--org,-o", options.organization,
                           "name or id of the organization (default: the only one)");
        command.add_option("--file,-f", options.to, "readable by you only (default: the output)");
      });
}

}  // namespace reprise::cli
