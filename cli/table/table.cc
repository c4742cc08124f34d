#include "cli/table/table.h"

#include <algorithm>
#include <utility>

#include "cli/answer/escape.h"
#include "cli/text/width.h"

namespace assist::cli {
namespace {

constexpr std::size_t kGap = 2;  // blanks between columns

template <class Places>
std::size_t Sum(const Places& places) {
  std::size_t sum = places.empty() ? 0 : (places.size() - 1) * kGap;
  for (const auto& place : places) sum += place.width;
  return sum;
}

}  // namespace

void Table::Add(std::vector<Cell> cells) {
  cells.resize(columns_.size(), Cell(""));
  for (Cell& cell : cells) cell.text = cell.text.empty() ? "-" : EscapeLine(cell.text);
  rows_.push_back(std::move(cells));
}

std::vector<Table::Place> Table::Natural(bool header) const {
  std::vector<Place> places;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    places.push_back({i, header ? DisplayWidth(columns_[i].title) : 0});
  }
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) places[i].width = std::max(places[i].width, DisplayWidth(row[i].text));
  }
  return places;
}

/// Takes room from the widest columns that may be shortened, then leaves columns out.
std::vector<Table::Place> Table::Fit(std::size_t room, bool header) {
  std::vector<Place> places = Natural(header);
  const std::vector<Place> natural = places;
  left_out_.clear();
  for (;;) {
    while (Sum(places) > room) {
      Place* widest = nullptr;
      std::size_t next = 0;  // the width behind the widest, to go there in one step
      for (Place& place : places) {
        const std::size_t min = columns_[place.column].min;
        if (min == Column::kWhole || place.width <= min) continue;
        if (widest == nullptr || place.width > widest->width) {
          if (widest != nullptr) next = std::max(next, widest->width);
          widest = &place;
        } else {
          next = std::max(next, place.width);
        }
      }
      if (widest == nullptr) break;
      const std::size_t floor = std::max(columns_[widest->column].min, next);
      const std::size_t excess = Sum(places) - room;
      const std::size_t step = std::max<std::size_t>(1, widest->width > floor ? widest->width - floor : 0);
      widest->width -= std::min(excess, step);
    }
    if (Sum(places) <= room) return places;
    const auto last = std::max_element(places.begin(), places.end(), [this](const Place& a, const Place& b) {
      return columns_[a.column].drop < columns_[b.column].drop;
    });
    if (columns_[last->column].drop == 0) return places;
    left_out_.insert(left_out_.begin(), columns_[last->column].title);
    places.erase(last);
    for (Place& place : places) place.width = natural[place.column].width;
  }
}

std::string Table::Render(const Look& look, const Options& options) {
  left_out_.clear();
  std::string out;
  if (!look.terminal()) {
    const auto line = [&out](const auto& cells, const auto& text) {
      for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i > 0) out += '\t';
        out += text(cells[i]);
      }
      out += '\n';
    };
    if (options.header) line(columns_, [](const Column& column) { return column.title; });
    for (const auto& row : rows_) line(row, [](const Cell& cell) { return cell.text; });
    return out;
  }
  const auto places = options.wide ? Natural(options.header) : Fit(look.columns, options.header);
  const auto line = [&](const auto& cells, const auto& text, const auto& tone) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      const Place& place = places[i];
      const bool last = i + 1 == places.size();
      const bool right = columns_[place.column].right;
      const std::string shown = CutTo(text(cells[place.column]), place.width);
      const std::size_t taken = DisplayWidth(shown);
      const std::string fill(place.width > taken ? place.width - taken : 0, ' ');
      if (i > 0) out.append(kGap, ' ');
      if (right) out += fill;
      out += look.style(tone(cells[place.column]), shown);
      if (!right && !last) out += fill;
    }
    out += '\n';
  };
  if (options.header) {
    line(
        columns_, [](const Column& column) { return column.title; }, [](const Column&) { return Tone::kFaint; });
  }
  for (const auto& row : rows_) {
    line(
        row, [](const Cell& cell) { return cell.text; }, [](const Cell& cell) { return cell.tone; });
  }
  return out;
}

std::string Facts::Render(const Look& look) const {
  std::size_t width = 0;
  for (const auto& [name, value] : facts_) width = std::max(width, DisplayWidth(name));
  std::string out;
  for (const auto& [name, value] : facts_) {
    out += look.style(Tone::kFaint, PadTo(name, width)) + "  ";
    std::string_view rest = value.text;
    for (bool first = true;; first = false) {
      const auto feed = rest.find('\n');
      if (!first) out += std::string(width + 2, ' ');
      out += look.style(value.tone, EscapeLine(rest.substr(0, feed))) + '\n';
      if (feed == std::string_view::npos) break;
      rest.remove_prefix(feed + 1);
    }
  }
  return out;
}

}  // namespace assist::cli
