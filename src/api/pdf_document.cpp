#include "api/pdf_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace reprise::api {
namespace {

// Points; an A4 sheet has 595 by 842.
constexpr double kLeft = 56;
constexpr double kRight = 539;
constexpr double kTop = 786;
constexpr double kBottom = 64;
constexpr double kValues = 210;  // where the values of rows begin
constexpr double kText = 10;

// Of Helvetica, for the characters from ' ' to '~', in thousandths of its size (Adobe's metrics).
constexpr std::array<int, 95> kWidths = {
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333,  278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667,  611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278,  556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500,  500, 334, 260, 334, 584};
constexpr int kWidest = 1015;
constexpr double kBoldIsWider = 1.08;

double WidthOf(std::string_view latin, double points, bool bold) {
  int thousandths = 0;
  for (const char c : latin) {
    const auto byte = static_cast<unsigned char>(c);
    const bool known = byte >= 0x20U && byte < 0x7fU;
    thousandths += known ? kWidths.at(byte - 0x20U) : (byte >= 0xc0U ? 722 : kWidest);
  }
  return thousandths * points / 1000 * (bold ? kBoldIsWider : 1);
}

// UTF-8 as Latin-1, one byte a character.
std::string LatinOf(std::string_view text) {
  std::string latin;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80U) {
      latin.push_back(byte < 0x20U || byte == 0x7fU ? ' ' : text[i]);
    } else if ((byte == 0xc2U || byte == 0xc3U) && i + 1 < text.size()) {
      const auto next = static_cast<unsigned char>(text[++i]);
      latin.push_back(static_cast<char>(((byte & 0x03U) << 6U) | (next & 0x3fU)));
    } else if (byte >= 0xc0U) {
      latin.push_back('?');  // its further bytes are left out
    }
  }
  return latin;
}

std::string Escaped(std::string_view latin) {
  std::string text;
  for (const char c : latin) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '(' || c == ')' || c == '\\') text.push_back('\\');
    if (byte >= 0x80U) {
      text += fmt::format("\\{:03o}", byte);
    } else {
      text.push_back(c);
    }
  }
  return text;
}

// Lines that are no wider than `width`: broken at spaces, and within words that are too long.
std::vector<std::string> Wrapped(const std::string& latin, double width, double points, bool bold) {
  std::vector<std::string> lines;
  std::string line;
  std::size_t space = std::string::npos;  // the last in `line`
  for (const char c : latin) {
    line.push_back(c);
    if (c == ' ') space = line.size() - 1;
    if (WidthOf(line, points, bold) <= width) continue;
    const std::size_t end = space == std::string::npos ? line.size() - 1 : space;
    lines.push_back(line.substr(0, end));
    line.erase(0, space == std::string::npos ? end : end + 1);
    space = line.rfind(' ');
  }
  lines.push_back(std::move(line));
  return lines;
}

}  // namespace

PdfDocument::PdfDocument(const std::string& title, const std::string& footer)
    : title_(LatinOf(title)), footer_(LatinOf(footer)), pages_(1), y_(kTop) {}

void PdfDocument::Move(double down) {
  y_ -= down;
  if (y_ >= kBottom) return;
  pages_.emplace_back();
  y_ = kTop;
}

void PdfDocument::Print(double x, double points, bool bold, const std::string& latin) {
  pages_.back() += fmt::format("BT /F{} {} Tf {} {:.1f} Td ({}) Tj ET\n", bold ? 2 : 1, points, x,
                               y_, Escaped(latin));
}

void PdfDocument::AddLine(Size size, std::string_view text) {
  const bool bold = size != Size::kText;
  const double points = size == Size::kTitle ? 18 : size == Size::kHeading ? 12 : kText;
  if (size == Size::kHeading) Move(points);
  for (const std::string& line : Wrapped(LatinOf(text), kRight - kLeft, points, bold)) {
    Move(points * 1.5);
    Print(kLeft, points, bold, line);
  }
}

void PdfDocument::AddRow(std::string_view label, std::string_view value) {
  const auto labels = Wrapped(LatinOf(label), kValues - kLeft - 8, kText, false);
  const auto values = Wrapped(LatinOf(value), kRight - kValues, kText, false);
  for (std::size_t i = 0; i < std::max(labels.size(), values.size()); ++i) {
    Move(kText * (i == 0 ? 1.6 : 1.3));
    if (i < labels.size()) Print(kLeft, kText, false, labels[i]);
    if (i < values.size()) Print(kValues, kText, false, values[i]);
  }
}

std::string PdfDocument::Finish() const {
  std::string file = "%PDF-1.4\n%\xe2\xe3\xcf\xd3\n";
  std::vector<std::size_t> offsets;
  const auto add = [&](const std::string& object) {
    offsets.push_back(file.size());
    file += fmt::format("{} 0 obj\n{}\nendobj\n", offsets.size(), object);
  };
  std::string kids;
  for (std::size_t i = 0; i < pages_.size(); ++i) kids += fmt::format("{} 0 R ", 6 + 2 * i);
  add("<</Type/Catalog/Pages 2 0 R/Lang(en)/ViewerPreferences<</DisplayDocTitle true>>>>");
  add(fmt::format("<</Type/Pages/Count {}/Kids[{}]>>", pages_.size(), kids));
  for (const char* font : {"Helvetica", "Helvetica-Bold"}) {
    add(fmt::format("<</Type/Font/Subtype/Type1/BaseFont/{}/Encoding/WinAnsiEncoding>>", font));
  }
  add(fmt::format("<</Title({})/Producer(Reprise)>>", Escaped(title_)));
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    add(fmt::format(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R/F2 "
        "4 0 R>>>>/Contents {} 0 R>>",
        7 + 2 * i));
    const std::string content =
        pages_[i] + fmt::format(
                        "BT /F1 8 Tf {} 40 Td ({}) Tj ET\nBT /F1 8 Tf {} 40 Td ({} / {}) Tj "
                        "ET\n",
                        kLeft, Escaped(footer_), kRight - 24, i + 1, pages_.size());
    add(fmt::format("<</Length {}>>\nstream\n{}endstream", content.size(), content));
  }
  const std::size_t table = file.size();
  file += fmt::format("xref\n0 {}\n0000000000 65535 f \n", offsets.size() + 1);
  for (const std::size_t offset : offsets) file += fmt::format("{:010} 00000 n \n", offset);
  file += fmt::format("trailer\n<</Size {}/Root 1 0 R/Info 5 0 R>>\nstartxref\n{}\n%%EOF\n",
                      offsets.size() + 1, table);
  return file;
}

}  // namespace reprise::api
