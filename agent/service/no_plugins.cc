// What a static program has instead of the C library's plug-ins. OpenSSL, c-ares and Asio name these functions in paths
// that the agent does not take: it hands OpenSSL sockets, never names; it asks c-ares for numbers of hosts, never of
// services; Asio's resolver is not used. The C library's own versions would load plug-ins of the machine (NSS) into a
// program that was not built with them, which crashes as soon as the versions differ. Here each says that it has found
// nothing. The linker takes them since they come first; linked into a static assist-agent only (docs/static_agent.md).
#include <dlfcn.h>
#include <netdb.h>

#include <cerrno>

extern "C" {

int getaddrinfo(const char* /*name*/, const char* /*service*/, const addrinfo* /*hints*/, addrinfo** found) {
  *found = nullptr;
  return EAI_NONAME;
}
void freeaddrinfo(addrinfo* /*found*/) noexcept {}
int getnameinfo(const sockaddr* /*address*/, socklen_t /*size*/, char* /*host*/, socklen_t /*host_size*/,
                char* /*service*/, socklen_t /*service_size*/, int /*flags*/) {
  return EAI_NONAME;
}
hostent* gethostbyname(const char* /*name*/) {
  h_errno = HOST_NOT_FOUND;
  return nullptr;
}
servent* getservbyname(const char* /*name*/, const char* /*protocol*/) { return nullptr; }
int getservbyport_r(int /*port*/, const char* /*protocol*/, servent* /*entry*/, char* /*buffer*/, size_t /*size*/,
                    servent** found) {
  *found = nullptr;
  return ENOENT;
}

void* dlopen(const char* /*file*/, int /*mode*/) noexcept { return nullptr; }
void* dlsym(void* /*handle*/, const char* /*name*/) noexcept { return nullptr; }
int dlclose(void* /*handle*/) noexcept { return -1; }
int dladdr(const void* /*address*/, Dl_info* /*info*/) noexcept { return 0; }
char* dlerror() noexcept {
  static char words[] = "a static program loads nothing";
  return words;
}

}  // extern "C"
