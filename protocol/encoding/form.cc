#include "protocol/encoding/form.h"

#include <algorithm>

#include "protocol/encoding/percent.h"

namespace assist::encoding {
namespace {

std::string Decode(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return PercentDecode(spaced);
}

}  // namespace

FormFields ParseForm(std::string_view text) {
  FormFields fields;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const std::string_view piece = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto equals = std::min(piece.find('='), piece.size());
    if (equals == 0) continue;
    const std::string_view value = equals < piece.size() ? piece.substr(equals + 1) : std::string_view();
    fields.emplace_back(Decode(piece.substr(0, equals)), Decode(value));
  }
  return fields;
}

std::string WriteForm(const FormFields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    AppendPercentEncoded(out, name);
    out += '=';
    AppendPercentEncoded(out, value);
  }
  return out;
}

}  // namespace assist::encoding
