#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "api/byte_stream.hpp"

namespace reprise::api {

[[nodiscard]] std::shared_ptr<ByteStream> MakeTcpStream(boost::asio::ip::tcp::socket socket);

}  // namespace reprise::api
