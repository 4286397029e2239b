#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace reprise::api {

// A printable document of lines of text: A4, Helvetica (which every reader of PDF has), no
// pictures. Long text is wrapped, pages follow each other and are numbered. Characters outside
// Latin-1 show as
// "?". The same content gives the same bytes.
class PdfDocument {
 public:
  PdfDocument(const std::string& title, const std::string& footer);

  enum class Size { kTitle, kHeading, kText };
  void AddLine(Size size, std::string_view text);
  // A label, and beside it its value.
  void AddRow(std::string_view label, std::string_view value);

  // The whole file.
  [[nodiscard]] std::string Finish() const;

 private:
  void Print(double x, double points, bool bold, const std::string& latin);
  // Goes `down`, to a new page where that is no room.
  void Move(double down);

  std::string title_;
  std::string footer_;
  std::vector<std::string> pages_;  // what is drawn on each
  double y_ = 0;                    // of the last line, from below
};

}  // namespace reprise::api
