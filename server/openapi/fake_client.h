// A client of the API for tests: makes signed requests of both schemes, a new nonce each.
#pragma once

#include <string>
#include <string_view>

#include "common/async/manual_clock.h"
#include "common/net/http.h"
#include "protocol/api/names.h"
#include "protocol/api/signature_acs3.h"
#include "protocol/api/signature_v1.h"
#include "protocol/encoding/form.h"

namespace assist::server::openapi {

class FakeClient {
 public:
  FakeClient(const Clock& clock, std::string id, std::string secret)
      : clock_(clock), id_(std::move(id)), secret_(std::move(secret)) {}

  /// Signature 1.0, Format=JSON unless `fields` says otherwise. GET: all in the query. POST: all in the form.
  [[nodiscard]] HttpRequest Version1(std::string_view method, encoding::FormFields fields) {
    const std::string_view format = "Format";
    std::string wanted = "JSON";
    std::erase_if(fields, [&](const auto& field) {
      if (field.first == format) wanted = field.second;
      return field.first == format;
    });
    fields = api::SignCallV1(method, std::move(fields), id_, secret_, NextNonce(), FormatIso8601(clock_.Now()));
    for (auto& [name, value] : fields) {
      if (name == format) value = wanted;
    }
    Sign(method, fields);
    return Put(method, fields);
  }

  /// Signs `fields` (whatever they are) as signature 1.0 does.
  void Sign(std::string_view method, encoding::FormFields& fields) const {
    std::erase_if(fields, [](const auto& field) { return field.first == "Signature"; });
    fields.emplace_back("Signature", api::SignatureV1(api::StringToSignV1(method, fields), secret_));
  }

  [[nodiscard]] static HttpRequest Put(std::string_view method, const encoding::FormFields& fields) {
    HttpRequest request;
    request.method = method;
    request.headers.Add("Host", "127.0.0.1:8443");
    if (method == "POST") {
      request.headers.Add("Content-Type", std::string(api::kFormContentType));
      request.body = encoding::WriteForm(fields);
    } else {
      request.target = "/?" + encoding::WriteForm(fields);
    }
    return request;
  }

  /// ACS3, POST, `fields` in the query, as the present SDKs do; `body` is a form.
  [[nodiscard]] HttpRequest Acs3(std::string_view action, const encoding::FormFields& fields, std::string body = "") {
    HttpRequest request;
    request.method = "POST";
    request.target = fields.empty() ? "/" : "/?" + encoding::WriteForm(fields);
    request.body = std::move(body);
    const std::string nonce = NextNonce();
    const std::string time = FormatIso8601(clock_.Now());
    const api::Acs3Call call{.host = "127.0.0.1:8443",
                             .action = action,
                             .query = &fields,
                             .body = request.body,
                             .access_key_id = id_,
                             .secret = secret_,
                             .nonce = nonce,
                             .timestamp = time};
    for (auto& [name, value] : api::SignCallAcs3(call)) request.headers.Add(std::move(name), std::move(value));
    return request;
  }

 private:
  [[nodiscard]] std::string NextNonce() { return "nonce-" + std::to_string(++nonces_); }

  const Clock& clock_;
  const std::string id_;
  const std::string secret_;
  int nonces_ = 0;
};

}  // namespace assist::server::openapi
