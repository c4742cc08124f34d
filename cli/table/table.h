// Rows and columns as text: fitted to a terminal, or whole with a tab between the cells for a pipe. Pure; any thread.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "cli/table/output.h"
#include "cli/text/style.h"

namespace assist::cli {

struct Column {
  /// A width that is never gone below: the column shows all or nothing.
  static constexpr std::size_t kWhole = std::numeric_limits<std::size_t>::max();

  std::string title;
  std::size_t min = kWhole;  ///< Shortened to so many columns of the terminal when there is no room.
  int drop = 0;              ///< Left out when there is still none, the highest first; 0: never.
  bool right = false;        ///< Numbers stand at the right.
};

/// A value; escaped by the table.
struct Cell {
  Cell(std::string what, Tone how = Tone::kPlain)
      : text(std::move(what)), tone(how) {}  // NOLINT(google-explicit-constructor)
  Cell(const char* what) : text(what) {}     // NOLINT(google-explicit-constructor)
  std::string text;
  Tone tone = Tone::kPlain;
};

class Table {
 public:
  struct Options {
    bool header = true;
    bool wide = false;  ///< On a terminal too, nothing is shortened or left out.
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// A cell a column; an empty one is shown as `-`.
  void Add(std::vector<Cell> cells);
  [[nodiscard]] std::size_t rows() const noexcept { return rows_.size(); }

  /// On a terminal no line takes more than its columns, if need be by leaving out columns, which left_out() then names.
  /// Each line ends in a line feed.
  [[nodiscard]] std::string Render(const Look& look, const Options& options);
  [[nodiscard]] const std::vector<std::string>& left_out() const noexcept { return left_out_; }

 private:
  struct Place {
    std::size_t column;
    std::size_t width;
  };
  [[nodiscard]] std::vector<Place> Natural(bool header) const;
  [[nodiscard]] std::vector<Place> Fit(std::size_t room, bool header);

  const std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
  std::vector<std::string> left_out_;
};

/// `name  value` lines: what is known of one thing. Values with line feeds go on below, indented.
class Facts {
 public:
  void Add(std::string name, Cell value) { facts_.emplace_back(std::move(name), std::move(value)); }
  [[nodiscard]] std::string Render(const Look& look) const;

 private:
  std::vector<std::pair<std::string, Cell>> facts_;
};

}  // namespace assist::cli
