// Compares an answer with the response of the reference (test/data/openapi.json), for tests.
#pragma once

#include <string_view>

#include "server/openapi/fake_api.h"

namespace assist::server::openapi {

/// Fails the test when a field of the reference is missing in the answer or has another type. Fields of lists are
/// looked for in every row. Left out on purpose: what belongs to object storage and to public commands, and ExitCode
/// before there is one.
void ExpectShape(std::string_view operation, const FakeApi::Reply& reply);

}  // namespace assist::server::openapi
