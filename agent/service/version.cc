#include "agent/service/version.h"

namespace assist::agent::service {

const char* const kVersion = ASSIST_VERSION;

}  // namespace assist::agent::service
