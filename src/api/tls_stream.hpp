#pragma once

#include <memory>

#include "api/byte_stream.hpp"
#include "api/tls_identity.hpp"

// Internal to the server: includes Asio.
namespace reprise::api {

// TLS over `inner`, whose handshake is the begin of the first Read. A client that speaks plain HTTP
// is told so.
[[nodiscard]] std::shared_ptr<ByteStream> MakeTlsStream(
    std::shared_ptr<ByteStream> inner, const TlsIdentity& identity,
    const boost::asio::any_io_executor& executor);

}  // namespace reprise::api
