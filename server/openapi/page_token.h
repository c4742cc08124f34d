// NextToken: a position and what it belongs to, as URL-safe text (reference, chapter 6). Opaque to clients; not secret,
// and forging one only moves the position. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/model/paging.h"

namespace assist::server::openapi {

/// `filter_hash`: at least 8 bytes that differ between operations and filters.
[[nodiscard]] std::string WritePageToken(const model::Position& position, std::string_view filter_hash);
/// Empty when it is none, or belongs to another operation or filter.
[[nodiscard]] std::optional<model::Position> ReadPageToken(std::string_view token, std::string_view filter_hash);

}  // namespace assist::server::openapi
