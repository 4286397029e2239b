#pragma once

// The classes of characters of psql's lexer.
namespace reprise::archive {

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
inline bool IsWordStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
inline bool IsTagCharacter(char c) { return IsWordStart(c) || IsDigit(c); }
inline bool IsWordCharacter(char c) { return IsTagCharacter(c) || c == '$'; }
inline bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

}  // namespace reprise::archive
