#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace reprise::cli {

// Where the command line talks to a person or a script. Results go to Out, progress and complaints
// to Err.
class Terminal {
 public:
  virtual ~Terminal() = default;
  virtual void Out(std::string_view text) = 0;
  virtual void Err(std::string_view text) = 0;
  // Whether a person types, and whether a person watches the progress.
  [[nodiscard]] virtual bool can_ask() const = 0;
  [[nodiscard]] virtual bool can_redraw() const = 0;
  [[nodiscard]] virtual int width() const = 0;
  // One line of input; nullopt at its end.
  [[nodiscard]] virtual std::optional<std::string> ReadLine() = 0;
  // The same without showing what is typed.
  [[nodiscard]] virtual std::optional<std::string> ReadSecret() = 0;
};

// The process's own.
class StandardTerminal final : public Terminal {
 public:
  void Out(std::string_view text) override;
  void Err(std::string_view text) override;
  [[nodiscard]] bool can_ask() const override;
  [[nodiscard]] bool can_redraw() const override;
  [[nodiscard]] int width() const override;
  [[nodiscard]] std::optional<std::string> ReadLine() override;
  [[nodiscard]] std::optional<std::string> ReadSecret() override;
};

}  // namespace reprise::cli
