#include "server/artifacts/stock_archives.h"

#include <algorithm>
#include <utility>

namespace assist::server::artifacts {
namespace {

constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kMaxName = 200;
constexpr std::string_view kText = "text/plain; charset=utf-8";

bool IsHash(std::string_view text) {
  return text.size() == kHashDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// The hash in `<sha256>/<file name>`; empty: it is of another form.
std::string HashOf(std::string_view path) {
  if (path.size() < kHashDigits + 2 || path[kHashDigits] != '/') return {};
  const std::string_view name = path.substr(kHashDigits + 1);
  const std::string_view hash = path.substr(0, kHashDigits);
  if (!IsHash(hash) || name.size() > kMaxName || name.find('/') != std::string_view::npos) return {};
  return std::string(hash);
}

HttpResponse NotHere() { return MakeResponse(404, kText, "There is no such archive.\n"); }

}  // namespace

asio::awaitable<HttpResponse> StockArchives::Handle(const HttpRequest& request, std::string peer) {
  if (request.method != "GET" && request.method != "HEAD") {
    HttpResponse response = MakeResponse(405, kText, "Archives are read with GET.\n");
    response.headers.Add("Allow", "GET, HEAD");
    co_return response;
  }
  std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  path.remove_prefix(std::min(kStockPath.size(), path.size()));
  std::string hash = HashOf(path);
  if (hash.empty()) co_return NotHere();
  auto listed = co_await list_.IsForStockAgents(hash);
  if (!listed) {
    HttpResponse response = MakeResponse(503, kText, "The server is busy; try again.\n");
    response.headers.Add("Retry-After", "5");
    co_return response;
  }
  if (!*listed) co_return NotHere();
  HttpResponse response = co_await artifacts_.SendToAnyone(request, std::move(hash), std::move(peer));
  co_return response;
}

}  // namespace assist::server::artifacts
