#include "cli/cli.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "base/file.hpp"
#include "cli/commands.hpp"
#include "cli/credentials_file.hpp"
#include "cli/human.hpp"
#include "cli/options.hpp"

namespace reprise::cli {
namespace {

constexpr int kInterruptedExit = 130;

std::string FirstLine(std::string_view text) {
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  return std::string(line);
}

// The token that was told, the one that "login" keeps for the server, or the one that `serve` keeps
// on this machine; empty when there is none: the server then says what is missing.
Result<std::string> FindToken(const GlobalOptions& global, const Variables& variables) {
  if (!global.token_file.empty()) {
    ASSIGN_OR_RETURN(const std::string text, ReadTextFile(global.token_file, 4096));
    return FirstLine(text);
  }
  if (!global.token.empty()) return global.token;
  ASSIGN_OR_RETURN(const std::string stored, StoredToken(CredentialsPath(variables), global.url));
  if (!stored.empty()) return stored;
  const std::filesystem::path own =
      std::filesystem::path(DefaultDataFolder(variables)) / "admin.token";
  const Result<std::string> text = ReadTextFile(own, 4096);
  return text ? FirstLine(*text) : std::string();
}

int Complain(Terminal& terminal, const Error& error) {
  terminal.Err(fmt::format("reprise: {}\n", Printable(error.Sentence())));
  if (!error.hint.empty()) terminal.Err(fmt::format("hint: {}\n", Printable(error.hint)));
  const bool stopped_watching =
      error.code == ErrorCode::kCancelled && error.message.starts_with("stopped watching");
  return stopped_watching ? kInterruptedExit : TraitsOf(error.code).exit_code;
}

// Takes the URL from its file when that is where it stands.
Status ReadCatalogFile(CatalogOptions& catalog) {
  if (!catalog.url.empty() || catalog.file.empty()) return {};
  ASSIGN_OR_RETURN(const std::string text, ReadTextFile(catalog.file, 4096));
  catalog.url = FirstLine(text);
  if (!catalog.url.empty()) return {};
  return Fail(ErrorCode::kInvalidArgument, "the file " + catalog.file + " names no catalog",
              "its first line is postgresql://user:password@host/name");
}

// The first line of a file with a secret; empty when there is no file to read.
Result<std::string> ReadSecretFile(const std::string& file, std::string_view what) {
  if (file.empty()) return std::string();
  ASSIGN_OR_RETURN(const std::string text, ReadTextFile(file, 4096));
  std::string secret = FirstLine(text);
  if (!secret.empty()) return secret;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("the file {} is empty", file),
              fmt::format("its first line is {}", what));
}

// Takes from files what must not stand in arguments.
Status ReadSecrets(ServeOptions& options) {
  RETURN_IF_ERROR(ReadCatalogFile(options.catalog));
  ASSIGN_OR_RETURN(
      options.oidc.secret,
      ReadSecretFile(options.oidc.secret_file, "what the sign-in provider gave for this client"));
  ASSIGN_OR_RETURN(options.mail.password,
                   ReadSecretFile(options.mail.password_file, "the password of --smtp-user"));
  return {};
}

template <class Options>
int WithCatalog(Options& options, const std::function<int(const Options&)>& hook,
                Terminal& terminal) {
  const Status read = ReadCatalogFile(options.catalog);
  return read ? hook(options) : Complain(terminal, read.error());
}

int RunClient(const ParsedLine& line, const Variables& variables, Terminal& terminal) {
  const Result<std::string> token = FindToken(line.global, variables);
  if (!token) return Complain(terminal, token.error());
  ApiClient client(line.global.url, *token, line.global.ca_file);
  const SystemClock clock;
  const Session session{Context(),
                        client,
                        terminal,
                        clock,
                        line.global.json,
                        line.global.url,
                        CredentialsPath(variables).string(),
                        line.global.ca_file};
  const Status status = std::visit(
      [&](const auto& options) -> Status {
        using Options = std::decay_t<decltype(options)>;
        if constexpr (kIsForHook<Options>) {
          return {};
        } else {
          return Run(session, options);
        }
      },
      *line.command);
  return status ? 0 : Complain(terminal, status.error());
}

}  // namespace

int RunCli(int argc, char** argv, const CliHooks& hooks) {
  const Variables variables = ReadVariables();
  ParsedLine line = ParseLine(std::vector<std::string>(argv + 1, argv + argc), variables);
  StandardTerminal terminal;
  if (!line.command) {
    if (line.exit_code == 0) {
      terminal.Out(line.text);
    } else {
      terminal.Err(line.text);
    }
    return line.exit_code;
  }
  if (const auto* serve = std::get_if<ServeOptions>(&*line.command)) {
    ServeOptions options = *serve;
    if (options.storage.empty()) options.storage = options.data + "/storage";
    const Status read = ReadSecrets(options);
    return read ? hooks.serve(options) : Complain(terminal, read.error());
  }
  if (auto* migrate = std::get_if<MigrateOptions>(&*line.command)) {
    return WithCatalog(*migrate, hooks.migrate, terminal);
  }
  if (auto* exporting = std::get_if<ExportOptions>(&*line.command)) {
    return WithCatalog(*exporting, hooks.export_state, terminal);
  }
  if (auto* importing = std::get_if<ImportStateOptions>(&*line.command)) {
    return WithCatalog(*importing, hooks.import_state, terminal);
  }
  if (auto* doctor = std::get_if<DoctorOptions>(&*line.command)) {
    ServeOptions& node = doctor->node;
    if (node.storage.empty()) node.storage = node.data + "/storage";
    const Status read = ReadCatalogFile(node.catalog);
    if (!read) return Complain(terminal, read.error());
  }
  return RunClient(line, variables, terminal);
}

}  // namespace reprise::cli
