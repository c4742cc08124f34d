#include "cli/run/output_mux.h"

#include <algorithm>
#include <cstdint>

#include "cli/text/width.h"

namespace assist::cli {
namespace {

/// Where to cut a line of more than `max` bytes: not inside a character, if it is UTF-8.
std::size_t CutAt(std::string_view line, std::size_t max) {
  const auto continues = [line](std::size_t i) { return (static_cast<std::uint8_t>(line[i]) & 0xc0) == 0x80; };
  for (std::size_t cut = max; cut > 0 && cut + 4 > max; --cut) {
    if (!continues(cut)) return cut;
  }
  return max;
}

}  // namespace

void OutputMux::SetName(std::size_t machine, std::string_view name) {
  if (!options_.prefix) return;
  Source& source = At(machine);
  source.prefix = PadTo(name, options_.name_width) + " | ";
}

OutputMux::Source& OutputMux::At(std::size_t machine) {
  if (machine >= sources_.size()) sources_.resize(machine + 1);
  return sources_[machine];
}

void OutputMux::Append(std::size_t machine, std::string_view bytes, std::string& out) {
  Source& source = At(machine);
  if (!options_.escape) {
    TakeText(source, bytes, out);
    return;
  }
  std::string escaped;
  source.escaper.Append(escaped, bytes);
  TakeText(source, escaped, out);
}

void OutputMux::TakeText(Source& source, std::string_view text, std::string& out) const {
  if (text.empty()) return;
  if (!options_.whole_lines) {
    out += text;
    source.in_line = text.back() != '\n';
    return;
  }
  for (;;) {
    const auto feed = text.find('\n');
    if (feed == std::string_view::npos) break;
    if (source.line.empty()) {
      PutLine(source, text.substr(0, feed), out);
    } else {
      source.line += text.substr(0, feed);
      PutLine(source, source.line, out);
      source.line.clear();
    }
    text.remove_prefix(feed + 1);
  }
  source.line += text;
  if (source.line.size() >= options_.max_line) {
    PutLine(source, source.line, out);
    source.line.clear();
  }
}

void OutputMux::PutLine(Source& source, std::string_view line, std::string& out) const {
  while (line.size() > options_.max_line) {
    const std::size_t cut = CutAt(line, options_.max_line);
    out += source.prefix;
    out += line.substr(0, cut);
    out += '\n';
    line.remove_prefix(cut);
  }
  out += source.prefix;
  out += line;
  out += '\n';
}

void OutputMux::Finish(std::size_t machine, std::string& out) {
  Source& source = At(machine);
  if (options_.escape) {
    std::string rest;
    source.escaper.Finish(rest);
    TakeText(source, rest, out);
  }
  if (!source.line.empty()) PutLine(source, source.line, out);
  // A terminal's next line begins at the left; a pipe gets the bytes as they are.
  if (source.in_line && options_.escape) out += '\n';
  source = Source{source.prefix, {}, {}, false};
}

}  // namespace assist::cli
