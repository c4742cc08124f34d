// What the operations on packages have in common.
#pragma once

#include <string_view>

#include "server/control/packages.h"
#include "server/openapi/operation.h"

namespace assist::server::openapi {

[[nodiscard]] ParameterSpec PackageNameSpec();
/// PackageVersion: Version is every call's own.
[[nodiscard]] ParameterSpec PackageVersionSpec();
[[nodiscard]] ParameterSpec PackageKindSpec();
[[nodiscard]] ParameterSpec PackageOsSpec();
[[nodiscard]] ParameterSpec PackageArchSpec();
[[nodiscard]] ParameterSpec PackageChannelSpec();
[[nodiscard]] bool IsChannel(std::string_view name);

/// Name and Kind.
[[nodiscard]] store::PackageName ReadPackageName(const Arguments& arguments);

}  // namespace assist::server::openapi
