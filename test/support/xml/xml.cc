#include "test/support/xml/xml.h"

#include <algorithm>
#include <charconv>

#include "common/base/check.h"
#include "protocol/encoding/utf8.h"

namespace assist::test {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

constexpr Range kChar[] = {{0x9, 0xA}, {0xD, 0xD}, {0x20, 0xD7FF}, {0xE000, 0xFFFD}, {0x10000, 0x10FFFF}};
constexpr Range kNameStart[] = {{'A', 'Z'},       {'_', '_'},       {'a', 'z'},        {0xC0, 0xD6},
                                {0xD8, 0xF6},     {0xF8, 0x2FF},    {0x370, 0x37D},    {0x37F, 0x1FFF},
                                {0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF},  {0x3001, 0xD7FF},
                                {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF}};
constexpr Range kNameMore[] = {{'-', '.'}, {'0', '9'}, {0xB7, 0xB7}, {0x300, 0x36F}, {0x203F, 0x2040}};

template <std::size_t N>
bool In(const Range (&ranges)[N], char32_t c) {
  return std::any_of(std::begin(ranges), std::end(ranges), [c](Range r) { return c >= r.first && c <= r.last; });
}

constexpr std::size_t kMaxDepth = 100;

class Reader {
 public:
  explicit Reader(std::string_view text) : whole_(text), rest_(text) {}

  Result<XmlElement> Document() {
    if (!Take("<?xml version='1.0' encoding='UTF-8'?>")) return Wrong("the declaration");
    Result<XmlElement> root = Element(0);
    if (root && !rest_.empty()) return Wrong("something behind the root");
    return root;
  }

 private:
  tl::unexpected<Error> Wrong(std::string_view what) const {
    return Fail(Errc::kInvalid, std::string(what) + " at byte " + std::to_string(whole_.size() - rest_.size()));
  }
  bool Take(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }
  Result<std::string> Name() {
    const std::size_t end = rest_.find_first_of(" \t\r\n/<>&");
    const std::string_view name = rest_.substr(0, end);
    if (!IsXmlName(name)) return Wrong("a name");
    rest_.remove_prefix(name.size());
    return std::string(name);
  }

  Result<XmlElement> Element(std::size_t depth) {
    if (depth > kMaxDepth) return Wrong("too deep");
    if (!Take("<")) return Wrong("an element");
    auto name = Name();
    if (!name) return tl::unexpected(name.error());
    XmlElement element;
    element.name = *name;
    if (!Take(">")) return Wrong("the end of a start tag");
    while (!rest_.starts_with("</")) {
      if (rest_.empty()) return Wrong("an element without its end");
      if (rest_.front() == '<') {
        auto child = Element(depth + 1);
        if (!child) return child;
        element.children.push_back(std::move(*child));
      } else if (Status text = Text(element.text); !text) {
        return tl::unexpected(text.error());
      }
    }
    if (!Take("</" + element.name + ">")) return Wrong("another end tag");
    return element;
  }

  /// Characters up to the next tag.
  Status Text(std::string& out) {
    while (!rest_.empty() && rest_.front() != '<') {
      if (rest_.starts_with("]]>")) return Wrong("]]> in text");
      if (rest_.front() == '&') {
        if (Status reference = Reference(out); !reference) return reference;
        continue;
      }
      const std::string_view before = rest_;
      const auto character = encoding::TakeCharacter(rest_);
      if (!character || !In(kChar, *character)) return Wrong("a character that XML cannot hold");
      if (*character == '\r') {
        out += '\n';
        if (rest_.starts_with('\n')) rest_.remove_prefix(1);
      } else {
        out += before.substr(0, before.size() - rest_.size());
      }
    }
    return {};
  }

  Status Reference(std::string& out) {
    const std::size_t end = rest_.find(';');
    if (end == std::string_view::npos) return Wrong("a reference without its end");
    std::string_view name = rest_.substr(1, end - 1);
    if (name.starts_with('#')) {
      const bool hex = name.starts_with("#x");
      name.remove_prefix(hex ? 2 : 1);
      std::uint32_t code = 0;
      const auto [last, error] = std::from_chars(name.data(), name.data() + name.size(), code, hex ? 16 : 10);
      if (error != std::errc() || last != name.data() + name.size() || !In(kChar, code)) return Wrong("a reference");
      encoding::AppendUtf8(out, code);
    } else {
      constexpr std::pair<std::string_view, char> kEntities[] = {
          {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
      const auto at = std::find_if(std::begin(kEntities), std::end(kEntities), [&](auto e) { return e.first == name; });
      if (at == std::end(kEntities)) return Wrong("an unknown entity");
      out += at->second;
    }
    rest_.remove_prefix(end + 1);
    return {};
  }

  std::string_view whole_;
  std::string_view rest_;
};

}  // namespace

const XmlElement& XmlElement::at(std::string_view child) const {
  const auto found = std::find_if(children.begin(), children.end(), [&](const auto& c) { return c.name == child; });
  ASSIST_CHECK(found != children.end());
  return *found;
}

bool IsXmlName(std::string_view name) {
  bool first = true;
  while (!name.empty()) {
    const auto c = encoding::TakeCharacter(name);
    if (!c || !(In(kNameStart, *c) || (!first && In(kNameMore, *c)))) return false;
    first = false;
  }
  return !first;
}

Result<XmlElement> ParseXml(std::string_view text) { return Reader(text).Document(); }

}  // namespace assist::test
