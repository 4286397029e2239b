// What a sign-in provider sends: its keys, and tokens.

#include "access/id_token.hpp"
#include "input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;
  const std::string text = fuzz::TextOf(data, size);
  const std::size_t line = text.find('\n');
  const auto keys = access::JsonWebKeys::Parse(text.substr(0, line));
  if (line == std::string::npos) return 0;
  const std::string token = text.substr(line + 1);
  static_cast<void>(access::KeyIdOf(token));
  if (!keys) return 0;
  const auto claims = access::CheckIdToken(
      token, *keys, {"https://issuer", "client", "nonce", FromMicros(1'700'000'000'000'000)});
  fuzz::Require(!claims);  // nobody can sign with a key that was made up here
  return 0;
}
