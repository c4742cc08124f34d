#include "common/service_framework/service_main.h"

namespace assist {

int RunAsService(const std::string& /*name*/, ServiceWork work) { return work(false); }

}  // namespace assist
