#include "cli/completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace reprise::cli {
namespace {

struct Choice {
  std::vector<std::string> names;  // "--type", "-t"; of a command its one name
  std::string help;
  std::vector<std::string> values;  // that it may have
  bool takes_value = false;
};

// One command as it stands in the tree.
struct Place {
  std::string path;  // "backup create"; empty: the program itself
  std::vector<Choice> commands;
  std::vector<Choice> options;
  std::vector<std::string> words;  // values of its positionals
};

// What stands in the braces of a type's name: "TEXT:{bash,zsh}".
std::vector<std::string> ValuesIn(const std::string& type) {
  std::vector<std::string> values;
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}', open == std::string::npos ? type.size() : open);
  if (close == std::string::npos) return values;
  std::string rest = type.substr(open + 1, close - open - 1) + ",";
  for (std::size_t at = rest.find(','); at != std::string::npos; at = rest.find(',')) {
    values.push_back(rest.substr(0, at));
    rest.erase(0, at + 1);
  }
  return values;
}

Choice OptionOf(const CLI::Option& option) {
  Choice choice;
  for (const std::string& name : option.get_lnames()) choice.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) choice.names.push_back("-" + name);
  choice.help = option.get_description();
  choice.values = ValuesIn(option.get_type_name());
  choice.takes_value = option.get_type_size() != 0;
  return choice;
}

void AddPlaces(const CLI::App& app, const std::string& path, const std::vector<Choice>& globals,
               std::vector<Place>& into) {
  Place place{path, {}, {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    Choice choice = OptionOf(*option);
    if (choice.names.empty()) {
      place.words.insert(place.words.end(), choice.values.begin(), choice.values.end());
    } else {
      place.options.push_back(std::move(choice));
    }
  }
  const std::vector<Choice> own = path.empty() ? place.options : globals;
  if (!path.empty()) {  // what the program takes may stand behind any command
    for (const Choice& global : globals) {
      if (global.names.front() != "--help" && global.names.front() != "--version") {
        place.options.push_back(global);
      }
    }
  }
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* command : commands) {
    place.commands.push_back({{command->get_name()}, command->get_description(), {}, false});
  }
  into.push_back(std::move(place));
  for (const CLI::App* command : commands) {
    AddPlaces(*command, path.empty() ? command->get_name() : path + " " + command->get_name(), own,
              into);
  }
}

// Every word that may stand at a place.
std::vector<std::string> WordsAt(const Place& place) {
  std::vector<std::string> words = place.words;
  for (const Choice& command : place.commands) words.push_back(command.names.front());
  for (const Choice& option : place.options) {
    words.insert(words.end(), option.names.begin(), option.names.end());
  }
  return words;
}

// The lines of a case: where a word leads, and the values of options. The same in bash and zsh.
struct Cases {
  std::string steps;
  std::string values;
  std::string words;
};

Cases CasesOf(const std::vector<Place>& places, std::string_view answer) {
  Cases cases;
  std::vector<std::string> steps;
  for (const Place& place : places) {
    for (const Choice& command : place.commands) {
      steps.push_back(fmt::format("'{}|{}'", place.path, command.names.front()));
    }
    for (const Choice& option : place.options) {
      if (!option.takes_value) continue;
      std::vector<std::string> patterns;
      patterns.reserve(option.names.size());
      for (const std::string& name : option.names) {
        patterns.push_back(fmt::format("'{}|{}'", place.path, name));
      }
      cases.values += fmt::format("    {}) {} '{}'; return ;;\n", fmt::join(patterns, "|"), answer,
                                  fmt::join(option.values, " "));
    }
    cases.words +=
        fmt::format("    '{}') words='{}' ;;\n", place.path, fmt::join(WordsAt(place), " "));
  }
  cases.steps = fmt::format("{}", fmt::join(steps, "|"));
  return cases;
}

// Words after an option's value do not count as commands: no command has the name of a value.
std::string BashScript(const std::vector<Place>& places) {
  const Cases cases = CasesOf(places, "_reprise_values");
  return fmt::format(R"(# bash completion of reprise: source it, or put it into
# /etc/bash_completion.d/reprise
_reprise_values() {{
  local IFS=$' \t\n'
  [[ -z $1 ]] || COMPREPLY=($(compgen -W "$1" -- "$cur"))
}}
_reprise() {{
  local IFS=$' \t\n' cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} place='' words='' i
  COMPREPLY=()
  if [[ $cur == = ]]; then cur=''; elif [[ $prev == = ]]; then prev=${{COMP_WORDS[COMP_CWORD-2]}}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$place|${{COMP_WORDS[i]}}" in
      {}) place="${{place:+$place }}${{COMP_WORDS[i]}}" ;;
    esac
  done
  case "$place|$prev" in
{}  esac
  case "$place" in
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}}
complete -o default -F _reprise reprise
)",
                     cases.steps, cases.values, cases.words);
}

std::string ZshScript(const std::vector<Place>& places) {
  const Cases cases = CasesOf(places, "_reprise_values");
  return fmt::format(R"(#compdef reprise
# zsh completion of reprise: put it into a folder of $fpath as _reprise, or source it after compinit
_reprise_values() {{
  if [[ -n $1 ]]; then compadd -- ${{(s: :)1}}; else _files; fi
}}
_reprise() {{
  local place='' step='' list='' i
  for ((i = 2; i < CURRENT; i++)); do
    step="$place|${{words[i]}}"
    case $step in
      {}) place="${{place:+$place }}${{words[i]}}" ;;
    esac
  done
  step="$place|${{words[CURRENT-1]}}"
  case $step in
{}  esac
  case $place in
{}  esac
  compadd -- ${{(s: :)list}} || _files
}}
if [[ $funcstack[1] == _reprise ]]; then _reprise "$@"; else compdef _reprise reprise; fi
)",
                     cases.steps, cases.values, [&] {
                       std::string text = cases.words;
                       for (std::size_t at = text.find(") words='"); at != std::string::npos;
                            at = text.find(") words='", at)) {
                         text.replace(at, 9, ") list='");
                       }
                       return text;
                     }());
}

std::string FishQuoted(std::string_view text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return "'" + quoted + "'";
}

std::string FishScript(const std::vector<Place>& places) {
  std::vector<std::string> steps;
  std::string lines;
  for (const Place& place : places) {
    const std::string here = fmt::format("-n '__reprise_at \"{}\"'", place.path);
    for (const Choice& command : place.commands) {
      steps.push_back(fmt::format("'{}|{}'", place.path, command.names.front()));
      lines += fmt::format("complete -c reprise {} -f -a {} -d {}\n", here, command.names.front(),
                           FishQuoted(command.help));
    }
    if (!place.words.empty()) {
      lines +=
          fmt::format("complete -c reprise {} -f -a '{}'\n", here, fmt::join(place.words, " "));
    }
    for (const Choice& option : place.options) {
      lines += "complete -c reprise " + here;
      for (const std::string& name : option.names) {
        lines += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      if (option.takes_value) lines += " -r";
      if (!option.values.empty()) {
        lines += fmt::format(" -f -a '{}'", fmt::join(option.values, " "));
      }
      lines += " -d " + FishQuoted(option.help) + "\n";
    }
  }
  return fmt::format(
      R"(# fish completion of reprise: put it into ~/.config/fish/completions/reprise.fish
function __reprise_at
  set -l place ''
  for word in (commandline -opc)[2..-1]
    switch "$place|$word"
      case {}
        if test -n "$place"
          set place "$place $word"
        else
          set place $word
        end
    end
  end
  test "$place" = "$argv[1]"
end
{})",
      fmt::join(steps, " "), lines);
}

}  // namespace

std::string CompletionScript(const CLI::App& app, const std::string& shell) {
  std::vector<Place> places;
  AddPlaces(app, "", {}, places);
  if (shell == "fish") return FishScript(places);
  return shell == "zsh" ? ZshScript(places) : BashScript(places);
}

}  // namespace reprise::cli
