#include "storage/ftp_talk.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace reprise::storage {
namespace {

// Least and most, as CURL_SSLVERSION_MAX_TLSv1_2 means it, which is outside of its own enumeration.
constexpr long kTls12Only = CURL_SSLVERSION_TLSv1_2 | (long{CURL_SSLVERSION_TLSv1_2} << 16);
constexpr long kConnectSeconds = 20;  // with TLS and login
constexpr std::size_t kMostListBytes = 64 << 20;
constexpr std::size_t kMostSaidBytes = 300;

std::size_t OnList(char* data, std::size_t size, std::size_t count, void* user) {
  auto& talk = *static_cast<FtpTalk*>(user);
  const std::size_t length = size * count;
  if (talk.list.size() + length > kMostListBytes) return 0;
  talk.list.append(data, length);
  return length;
}

// A last line of an answer: three digits and a space. Others are continuations, or libcurl's own.
std::size_t OnLine(char* data, std::size_t size, std::size_t count, void* user) {
  auto& talk = *static_cast<FtpTalk*>(user);
  const std::string_view line(data, size * count);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (line.size() < 4 || line[3] != ' ' || !std::all_of(line.begin(), line.begin() + 3, is_digit)) {
    return line.size();
  }
  talk.said = line.substr(0, std::min(line.find_last_not_of("\r\n") + 1, kMostSaidBytes));
  for (char& c : talk.said) c = c >= ' ' && c <= '~' ? c : '?';
  return line.size();
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& talk = *static_cast<FtpTalk*>(user);
  return talk.ctx == nullptr || talk.ctx->Check() ? 0 : 1;
}

// Also asked for the connections that carry the data.
curl_socket_t OnOpenSocket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& talk = *static_cast<FtpTalk*>(user);
  Status checked = CheckEndpoint(address->addr, talk.private_endpoints);
  if (!checked) {
    talk.refused = std::move(checked.error());
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void SetUpTls(CURL* easy, const FtpSettings& settings) {
  curl_easy_setopt(easy, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
  curl_easy_setopt(easy, CURLOPT_FTPSSLAUTH, static_cast<long>(CURLFTPAUTH_TLS));
  // Not 1.3: libcurl closes an upload's line with the server's session tickets unread, which resets
  // it, and vsftpd then answers 426 to some of them.
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, kTls12Only);
  if (!settings.public_key_pin.empty()) {
    curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY, settings.public_key_pin.c_str());
    // The pin says more than any authority could, and also of a certificate that signs itself.
    if (settings.ca_pem.empty()) {
      curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
      curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
  }
  if (settings.ca_pem.empty()) return;
  curl_blob blob{
      // libcurl does not write to it.
      const_cast<char*>(settings.ca_pem.data()),  // NOLINT(cppcoreguidelines-pro-type-const-cast)
      settings.ca_pem.size(), CURL_BLOB_NOCOPY};
  curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
}

std::string UrlOf(CURL* easy, const FtpSettings& settings, const std::string& path) {
  std::string encoded;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    char* part = curl_easy_escape(easy, path.data() + at, static_cast<int>(slash - at));
    // An empty length would mean strlen.
    if (slash > at && part != nullptr) encoded += part;
    curl_free(part);
    if (slash < path.size()) encoded += '/';
    at = slash + 1;
  }
  const bool six = settings.host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}/{}", settings.tls == FtpTls::kImplicit ? "ftps" : "ftp",
                     six ? "[" : "", settings.host, six ? "]" : "", settings.port, encoded);
}

// What the server's code says, where it has said no.
Error ErrorOfAnswer(long answer, const FtpTalk& talk, const std::string& what) {
  const std::string message = fmt::format("{}: the server says \"{}\"", what, talk.said);
  if (answer == 452 || answer == 552) {
    return {ErrorCode::kNoSpace, message, "make room in the storage, or choose another one"};
  }
  if (answer == 530 || answer == 430 || answer == 332) {
    return {ErrorCode::kStorageFailed, message, "give the storage the credentials that hold now"};
  }
  if (answer >= 400 && answer < 500) {
    return {ErrorCode::kUnavailable, message, "it may be better later"};
  }
  return {ErrorCode::kStorageFailed, message,
          "give the storage's user the right to do this in its folder"};
}

}  // namespace

void SetUpFtp(CURL* easy, FtpTalk& talk, const FtpSettings& settings, const FtpSecrets& secrets,
              const std::string& path) {
  const auto set = [easy](CURLoption option, auto value) { curl_easy_setopt(easy, option, value); };
  set(CURLOPT_URL, UrlOf(easy, settings, path).c_str());
  set(CURLOPT_PROTOCOLS_STR, "ftp,ftps");
  set(CURLOPT_PROXY, "");
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_USERNAME, settings.username.c_str());
  set(CURLOPT_PASSWORD, secrets.password.c_str());
  set(CURLOPT_FTP_FILEMETHOD, static_cast<long>(CURLFTPMETHOD_NOCWD));
  // Data connections go to the server itself, wherever it says that they should go.
  set(CURLOPT_FTP_SKIP_PASV_IP, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  const auto silence = static_cast<long>(settings.silence.count());
  set(CURLOPT_SERVER_RESPONSE_TIMEOUT, silence);
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, silence);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_BUFFERSIZE, 256L << 10);
  set(CURLOPT_WRITEFUNCTION, &OnList);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&talk));
  set(CURLOPT_HEADERFUNCTION, &OnLine);
  set(CURLOPT_HEADERDATA, static_cast<void*>(&talk));
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &OnProgress);
  set(CURLOPT_XFERINFODATA, static_cast<void*>(&talk));
  set(CURLOPT_OPENSOCKETFUNCTION, &OnOpenSocket);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&talk));
  set(CURLOPT_ERRORBUFFER, talk.told.data());
  if (settings.tls != FtpTls::kNone) SetUpTls(easy, settings);
}

Error FtpErrorOf(CURL* easy, CURLcode code, const FtpTalk& talk, const FtpSettings& settings,
                 const std::string& what) {
  if (talk.refused) return *talk.refused;
  long answer = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer);
  const std::string told = talk.told[0] != '\0' ? talk.told.data() : curl_easy_strerror(code);
  switch (code) {
    case CURLE_REMOTE_FILE_NOT_FOUND:
      return {ErrorCode::kNotFound, what + ": it is not there"};
    case CURLE_LOGIN_DENIED:
      if (answer / 100 == 4 && answer != 430) return ErrorOfAnswer(answer, talk, what);
      return {ErrorCode::kStorageFailed,
              fmt::format("{} does not let {} in", settings.host, settings.username),
              "give the storage the credentials that hold now"};
    case CURLE_USE_SSL_FAILED:
      return {ErrorCode::kStorageFailed, settings.host + " offers no TLS",
              "have it switched on there; the provider \"ftp\" does without, and everybody on the "
              "way reads the password then"};
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return {ErrorCode::kStorageFailed,
              settings.host + " has another public key than the one that was pinned",
              "somebody may stand in between. If the server has a new key, pin that one"};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
      return {ErrorCode::kStorageFailed, fmt::format("no trust in {}: {}", settings.host, told),
              "give the certificate to be trusted, or pin the server's public key"};
    case CURLE_QUOTE_ERROR:
    case CURLE_UPLOAD_FAILED:
    case CURLE_REMOTE_ACCESS_DENIED:
    case CURLE_REMOTE_DISK_FULL:
    case CURLE_REMOTE_FILE_EXISTS:
    case CURLE_FTP_COULDNT_RETR_FILE:
    case CURLE_FTP_COULDNT_USE_REST:
    case CURLE_FTP_COULDNT_SET_TYPE:
      if (answer >= 400) return ErrorOfAnswer(answer, talk, what);
      break;
    default:
      break;
  }
  return {ErrorCode::kUnavailable, fmt::format("{}: {}", what, told),
          "see whether the server, and the ports for its data, can be reached from here"};
}

}  // namespace reprise::storage
