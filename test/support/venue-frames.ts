/**
 * One raw message of every kind of every venue, as text on the wire, made up in the venues' documented shapes. Consecutive
 * where a book needs it: each venue's delta continues its snapshot. No recorded data.
 */

/** Frames by tick kind (`trade`, `bbo`, `depth_snapshot`, `depth_delta`, `ticker`, `liquidation`) or `other`. */
export type VenueFrames = Readonly<Record<string, readonly string[]>>;

const T = 1_786_310_818_130;

const binanceSpot: VenueFrames = {
  trade: [
    `{"e":"trade","E":${T},"s":"BTCUSDT","t":12345,"p":"61800.10000000","q":"0.00100000","T":${T - 1},"m":true,"M":true}`,
    `{"stream":"btcusdt@trade","data":{"e":"trade","E":${T},"s":"BTCUSDT","t":12346,"p":"61800.20000000","q":"1.50000000","T":${T},"m":false,"M":true}}`,
    `{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":${T},"s":"BTCUSDT","a":777,"p":"61800.20000000","q":"1.50000000","f":12346,"l":12349,"T":${T},"m":false,"M":true}}`,
  ],
  bbo: [
    `{"u":400900217,"s":"BTCUSDT","b":"61800.10000000","B":"31.21000000","a":"61800.20000000","A":"40.66000000"}`,
    `{"stream":"btcusdt@bookTicker","data":{"u":400900218,"s":"BTCUSDT","b":"61800.10000000","B":"31.20000000","a":"61800.20000000","A":"40.66000000"}}`,
    `[{"u":400900219,"s":"BTCUSDT","b":"61800.10","B":"31.2","a":"61800.25","A":"4.1"},{"u":5,"s":"ETHUSDT","b":"2683.8","B":"1","a":"2683.81","A":"2"}]`,
  ],
  depth_snapshot: [
    `{"lastUpdateId":160,"bids":[["61800.10000000","1.00000000"],["61800.00000000","2.00000000"]],"asks":[["61800.20000000","3.00000000"],["61800.30000000","4.00000000"]]}`,
  ],
  depth_delta: [
    `{"e":"depthUpdate","E":${T},"s":"BTCUSDT","U":157,"u":161,"b":[["61800.10000000","10.00000000"]],"a":[["61800.20000000","0.00000000"],["61800.30000000","100.00000000"]]}`,
    `{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":${T},"s":"BTCUSDT","U":162,"u":165,"b":[["61799.00000000","1.25000000"]],"a":[]}}`,
  ],
  other: [
    `{"result":null,"id":1}`,
    `{"code":2,"msg":"Invalid request","id":1}`,
    `{"e":"serverShutdown","E":${T}}`,
    `{"stream":"btcusdt@kline_1m","data":{"e":"kline","E":${T},"s":"BTCUSDT","k":{"t":1,"o":"1.0"}}}`,
    `{"stream":"btcusdt@depth5","data":{"lastUpdateId":160,"bids":[["0.0024","10"]],"asks":[["0.0026","100"]]}}`,
  ],
};

const futures = (symbol: string, decimals: string): VenueFrames => ({
  trade: [
    `{"e":"trade","E":${T},"T":${T - 2},"s":"${symbol}","t":5001,"p":"61800${decimals}","q":"3","X":"MARKET","m":true}`,
    `{"stream":"x@trade","data":{"e":"trade","E":${T},"T":${T},"s":"${symbol}","t":5002,"p":"61801${decimals}","q":"12","X":"MARKET","m":false}}`,
    `{"e":"trade","E":${T},"T":${T},"s":"${symbol}","t":5003,"p":"61801${decimals}","q":"1","X":"INSURANCE_FUND","m":false}`,
    `{"e":"aggTrade","E":${T},"a":5933014,"s":"${symbol}","p":"61800${decimals}","q":"100","f":100,"l":105,"T":${T},"m":true,"st":1}`,
  ],
  bbo: [
    `{"stream":"x@bookTicker","data":{"e":"bookTicker","u":400900217,"s":"${symbol}","b":"61800${decimals}","B":"31","a":"61801${decimals}","A":"40","T":${T - 1},"E":${T}}}`,
    `{"e":"bookTicker","u":400900218,"E":${T},"T":${T},"s":"${symbol}","ps":"BTCUSD","b":"61800${decimals}","B":"30","a":"61801${decimals}","A":"41","st":2}`,
  ],
  depth_snapshot: [
    `{"lastUpdateId":1027024,"E":${T},"T":${T - 3},"symbol":"${symbol}","pair":"BTCUSD","bids":[["61800${decimals}","431"]],"asks":[["61802${decimals}","12"]]}`,
  ],
  depth_delta: [
    `{"e":"depthUpdate","E":${T},"T":${T - 1},"s":"${symbol}","U":1027020,"u":1027030,"pu":1027019,"b":[["61800${decimals}","10"]],"a":[["61802${decimals}","100"]]}`,
    `{"stream":"x@depth@0ms","data":{"e":"depthUpdate","E":${T},"T":${T},"s":"${symbol}","ps":"BTCUSD","U":1027040,"u":1027050,"pu":1027030,"b":[],"a":[["61801${decimals}","7"],["61802${decimals}","0"]]}}`,
  ],
  ticker: [
    `{"e":"markPriceUpdate","E":${T},"s":"${symbol}","p":"11794.15000000","i":"11784.62659091","P":"11784.25641265","r":"0.00038167","T":${T + 9_000_000}}`,
    `{"openInterest":"10659.509","symbol":"${symbol}","time":${T}}`,
  ],
  liquidation: [
    `{"e":"forceOrder","E":${T},"o":{"s":"${symbol}","S":"SELL","o":"LIMIT","f":"IOC","q":"14","p":"61700${decimals}","ap":"61710${decimals}","X":"FILLED","l":"14","z":"14","T":${T - 5}}}`,
  ],
  other: [
    `{"result":null,"id":7}`,
    `{"error":{"code":2,"msg":"bad"},"id":7}`,
    `{"e":"contractInfo","E":1,"s":"${symbol}"}`,
  ],
});

const kraken: VenueFrames = {
  trade: [
    `{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":105944.20,"qty":0.00027625,"ord_type":"limit","trade_id":10218208,"timestamp":"2026-08-09T21:26:58.440295Z"}]}`,
    `{"channel":"trade","type":"snapshot","data":[{"symbol":"BTC/USD","side":"sell","price":105944.20,"qty":0.1,"ord_type":"market","trade_id":10218207,"timestamp":"2026-08-09T21:26:57.440295Z"},{"symbol":"BTC/USD","side":"buy","price":105944.3,"qty":0.2,"ord_type":"market","trade_id":10218206,"timestamp":"2026-08-09T21:26:57.440295Z"}]}`,
    `[336,[["5541.20000","0.15850568","1786310818.321597","s","l",""],["5541.30000","0.15","1786310818.321598","b","m",""]],"trade","XBT/USD"]`,
    `{"channel":"trade","type":"update","data":[${[105944.2, 105944.3, 105944.4].map((price, i) => `{"symbol":"BTC/USD","side":"buy","price":${price},"qty":0.0${i}027625,"ord_type":"limit","trade_id":${10218209 + i},"timestamp":"2026-08-09T21:26:58.440295Z"}`).join()}]}`,
  ],
  bbo: [
    `{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":105944.1,"bid_qty":1.5,"ask":105944.2,"ask_qty":0.25000000,"last":105944.2,"volume":12.5,"vwap":105000.0,"low":100000.0,"high":110000.0,"change":-12.5,"change_pct":-0.01,"timestamp":"2026-08-09T21:26:58.440295Z"}]}`,
    `[0,["5698.40000","5700.00000","1786310818.123456","1.01234567","0.98765432"],"spread","XBT/USD"]`,
    `[340,{"a":["5525.40000",1,"1.000"],"b":["5525.10000",1,"1.000"],"c":["5525.10000","0.00398963"],"h":["5783.00000","5783.00000"],"t":[11493,16267]},"ticker","XBT/USD"]`,
  ],
  depth_snapshot: [
    `{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[{"price":45283.5,"qty":0.10000000},{"price":45283.4,"qty":1.54582015}],"asks":[{"price":45285.2,"qty":0.00100000},{"price":45286.4,"qty":1.54571953}],"checksum":3310070434,"timestamp":"2026-08-09T21:26:58.440295Z"}]}`,
    `[0,{"as":[["0.05005","0.00000500","1786310818.486493"],["0.05010","0.00000500","1786310818.486493"]],"bs":[["0.05000","0.00000500","1786310818.486493"]]},"book-1000","XBT/USD"]`,
  ],
  depth_delta: [
    `{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":45283.5,"qty":0.25000000}],"asks":[],"checksum":2114181697,"timestamp":"2026-08-09T21:26:58.440295Z"}]}`,
    `[0,{"a":[["0.05120","0.00000500","1786310818.493008"]],"c":"974947235"},"book-1000","XBT/USD"]`,
    `[0,{"a":[["0.05120","0.00000600","1786310818.493009","r"]]},{"b":[["0.04765","0.00000500","1786310818.493008"]],"c":"974947235"},"book-1000","XBT/USD"]`,
  ],
  other: [
    `{"event":"heartbeat"}`,
    `{"channel":"heartbeat"}`,
    `{"channelID":336,"channelName":"book-10","event":"subscriptionStatus","pair":"XBT/USD","status":"subscribed","subscription":{"depth":10,"name":"book"}}`,
    `{"method":"subscribe","result":{"channel":"book","symbol":"BTC/USD","depth":10,"snapshot":true},"success":true,"time_in":"2026-08-09T21:26:58.440295Z","time_out":"2026-08-09T21:26:58.440296Z","req_id":7}`,
    `{"error":"Currency pair not supported","method":"subscribe","success":false,"symbol":"X","req_id":7}`,
    `{"channel":"ohlc","type":"update","data":[]}`,
    `{"error":["EAPI:Rate limit exceeded"],"result":{}}`,
  ],
};

const okxArg = (channel: string, instId = 'BTC-USDT') => `"arg":{"channel":"${channel}","instId":"${instId}"}`;
const okx: VenueFrames = {
  trade: [
    `{${okxArg('trades')},"data":[{"instId":"BTC-USDT","tradeId":"130639474","px":"42219.9","sz":"0.12060306","side":"buy","ts":"${T}","count":"3"}]}`,
    `{${okxArg('trades-all', 'BTC-USDT-SWAP')},"data":[{"instId":"BTC-USDT-SWAP","tradeId":"130639475","px":"42220","sz":"12","side":"sell","ts":"${T}"},{"instId":"BTC-USDT-SWAP","tradeId":"130639476","px":"42220.1","sz":"1","side":"sell","ts":"${T}"}]}`,
  ],
  bbo: [
    `{${okxArg('tickers')},"data":[{"instType":"SPOT","instId":"BTC-USDT","last":"9999.99","lastSz":"0.1","askPx":"9999.99","askSz":"11","bidPx":"8888.88","bidSz":"5","open24h":"9000","high24h":"10000","low24h":"8888.88","volCcy24h":"2222","vol24h":"2222","sodUtc0":"2222","sodUtc8":"2222","ts":"${T}"}]}`,
    `{${okxArg('bbo-tbt')},"data":[{"asks":[["8476.98","415","0","13"]],"bids":[["8476.97","256","0","12"]],"ts":"${T}","seqId":123456}]}`,
  ],
  depth_snapshot: [
    `{${okxArg('books')},"action":"snapshot","data":[{"asks":[["8476.98","415","0","13"],["8477","7","0","2"]],"bids":[["8476.97","256","0","12"]],"ts":"${T}","checksum":-855196043,"prevSeqId":-1,"seqId":123456}]}`,
    `{"code":"0","msg":"","data":[{"asks":[["41006.8","0.60038921","0","1"]],"bids":[["41006.3","0.30178218","0","2"]],"ts":"${T}","seqId":3235851742}]}`,
  ],
  depth_delta: [
    `{${okxArg('books')},"action":"update","data":[{"asks":[["8477","0","0","0"],["8477.5","3","0","1"]],"bids":[["8476.9","12","0","1"]],"ts":"${T}","checksum":0,"prevSeqId":123456,"seqId":123457}]}`,
    `{${okxArg('books-l2-tbt', 'BTC-USDT-SWAP')},"action":"update","data":[{"asks":[],"bids":[["8476.9","12","0","1"]],"ts":"${T}","checksum":-1404728636}]}`,
  ],
  ticker: [
    `{${okxArg('mark-price', 'BTC-USDT-SWAP')},"data":[{"instType":"SWAP","instId":"BTC-USDT-SWAP","markPx":"42310.6","ts":"${T}"}]}`,
    `{${okxArg('index-tickers')},"data":[{"instId":"BTC-USDT","idxPx":"0.1","high24h":"0.5","low24h":"0.1","open24h":"0.1","sodUtc0":"0.1","sodUtc8":"0.1","ts":"${T}"}]}`,
    `{${okxArg('funding-rate', 'BTC-USDT-SWAP')},"data":[{"fundingRate":"-0.0001515","fundingTime":"${T + 9_000_000}","instId":"BTC-USDT-SWAP","instType":"SWAP","nextFundingRate":"","nextFundingTime":"${T + 18_000_000}","ts":"${T}"}]}`,
    `{${okxArg('open-interest', 'BTC-USDT-SWAP')},"data":[{"instType":"SWAP","instId":"BTC-USDT-SWAP","oi":"2216113.01","oiCcy":"22161.1301","ts":"${T}"}]}`,
  ],
  liquidation: [
    `{"arg":{"channel":"liquidation-orders","instType":"SWAP"},"data":[{"details":[{"bkLoss":"0","bkPx":"0.007831","ccy":"","posSide":"long","side":"sell","sz":"13","ts":"${T}"}],"instFamily":"IOST-USDT","instId":"BTC-USDT-SWAP","instType":"SWAP","uly":"IOST-USDT"}]}`,
  ],
  other: [
    'pong',
    `{"event":"subscribe",${okxArg('books')},"connId":"a4d3ae55"}`,
    `{"event":"error","code":"60012","msg":"Invalid request","connId":"a4d3ae55"}`,
    `{"event":"channel-conn-count","channel":"orders","connCount":"2","connId":"abcd1234"}`,
    `{${okxArg('candle1m')},"data":[["1","2"]]}`,
    `{"code":"50011","msg":"Too many requests","data":[]}`,
  ],
};

const coinbase: VenueFrames = {
  trade: [
    `{"type":"match","trade_id":881613,"maker_order_id":"a","taker_order_id":"b","side":"sell","size":"0.04","price":"61800.77","product_id":"BTC-USD","sequence":9,"time":"2026-08-09T21:26:58.440295Z"}`,
    `{"type":"last_match","trade_id":881612,"side":"buy","size":"0.04","price":"61800.77","product_id":"BTC-USD","sequence":8,"time":"2026-08-09T21:26:57.440295Z"}`,
  ],
  bbo: [
    `{"type":"ticker","sequence":333,"product_id":"BTC-USD","price":"61800.75","open_24h":"14","volume_24h":"1","low_24h":"14","high_24h":"15","volume_30d":"30","best_bid":"61800.75","best_bid_size":"1.5","best_ask":"61800.80","best_ask_size":"2","side":"buy","time":"2026-08-09T21:26:58.440295Z","trade_id":881613,"last_size":"0.04"}`,
  ],
  depth_snapshot: [
    `{"type":"snapshot","product_id":"BTC-USD","bids":[["61800.75","0.45054140"],["61800.70","1"]],"asks":[["61800.80","0.57753524"]]}`,
  ],
  depth_delta: [
    `{"type":"l2update","product_id":"BTC-USD","changes":[["buy","61800.75","0.162567"]],"time":"2026-08-09T21:26:58.440295Z"}`,
    `{"type":"l2update","product_id":"BTC-USD","changes":[["sell","61800.80","0.00000000"],["buy","61800.70","3"],["sell","61800.85","1"]],"time":"2026-08-09T21:26:58.540295Z"}`,
  ],
  other: [
    `{"type":"subscriptions","channels":[{"name":"level2","product_ids":["BTC-USD"]}]}`,
    `{"type":"heartbeat","sequence":90,"last_trade_id":20,"product_id":"BTC-USD","time":"2026-08-09T21:26:58.440295Z"}`,
    `{"type":"error","message":"Failed to subscribe","reason":"bad"}`,
    `{"type":"received","product_id":"BTC-USD"}`,
    `[{"id":"BTC-USD","base_currency":"BTC"}]`,
  ],
};

const advanced = (channel: string, sequence: number, events: string) =>
  `{"channel":"${channel}","client_id":"","timestamp":"2026-08-09T21:26:58.440295Z","sequence_num":${sequence},"events":[${events}]}`;
const level = (side: string, price: string, size: string) =>
  `{"side":"${side}","event_time":"1970-01-01T00:00:00Z","price_level":"${price}","new_quantity":"${size}"}`;
const coinbaseAdvanced: VenueFrames = {
  trade: [
    advanced(
      'market_trades',
      3,
      `{"type":"update","trades":[{"trade_id":"995098701","product_id":"BTC-USD","price":"68900.50","size":"0.0015","side":"BUY","time":"2026-08-09T21:26:58.400295Z"},{"trade_id":"995098700","product_id":"BTC-USD","price":"68900.5","size":"0.1","side":"SELL","time":"2026-08-09T21:26:58.400294Z"}]}`,
    ),
  ],
  bbo: [
    advanced(
      'ticker',
      4,
      `{"type":"update","tickers":[{"type":"ticker","product_id":"BTC-USD","price":"68900.1","best_bid":"68900.00","best_bid_quantity":"1.5","best_ask":"68900.01","best_ask_quantity":"2"}]}`,
    ),
  ],
  depth_snapshot: [
    advanced(
      'l2_data',
      1,
      `{"type":"snapshot","product_id":"BTC-USD","updates":[${level('bid', '68900.00', '2.0')},${level('offer', '68900.01', '1')}]}`,
    ),
  ],
  depth_delta: [
    advanced(
      'l2_data',
      2,
      `{"type":"update","product_id":"BTC-USD","updates":[${level('offer', '68900.01', '0')},${level('bid', '68899.5', '7')}]}`,
    ),
  ],
  other: [
    advanced('subscriptions', 0, `{"subscriptions":{"level2":["BTC-USD"]}}`),
    advanced('heartbeats', 5, `{"current_time":"x","heartbeat_counter":3049}`),
    advanced('candles', 6, `{"type":"update","candles":[]}`),
    `{"type":"error","message":"authentication failure"}`,
  ],
};

const bybitBook = (type: string, depth: number, u: number, sides: string) =>
  `{"topic":"orderbook.${depth}.BTCUSDT","type":"${type}","ts":${T},"data":{"s":"BTCUSDT",${sides},"u":${u},"seq":7538439138},"cts":${T - 1}}`;
const bybitFill = (rest: string) => `{"T":${T},"s":"BTCUSDT","S":"Sell","v":"0.004","p":"65114.20"${rest}}`;
const bybit: VenueFrames = {
  trade: [
    `{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":${T},"data":[${bybitFill(',"L":"MinusTick","i":"a9188a0a-82bc","BT":false,"RPI":false,"seq":753843954913')}]}`,
    `{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":${T},"data":[${bybitFill(',"i":"1","BT":false')},${bybitFill(',"i":"2","BT":true')}]}`,
  ],
  bbo: [bybitBook('snapshot', 1, 15076960, `"b":[["65114.20","6.124"]],"a":[["65114.30","1.2"]]`)],
  depth_snapshot: [
    bybitBook('snapshot', 50, 15076952, `"b":[["65095.30","0.005"],["65093.10","1"]],"a":[["65116.60","1.25"]]`),
  ],
  depth_delta: [
    bybitBook('delta', 50, 15076953, `"b":[["65095.30","0.015"],["65093.10","0"]],"a":[["65116.60","1.5"]]`),
    bybitBook('delta', 50, 15076954, `"b":[],"a":[["65116.70","1.5"]]`),
  ],
  ticker: [
    `{"topic":"tickers.BTCUSDT","type":"snapshot","data":{"symbol":"BTCUSDT","tickDirection":"PlusTick","markPrice":"65117.43","indexPrice":"65110.01","openInterest":"123.5","fundingRate":"-0.000212","nextFundingTime":"${T + 9_000_000}","bid1Price":"65114.20","bid1Size":"6.124","ask1Price":"65114.30","ask1Size":"1"},"cs":753843915209,"ts":${T}}`,
    `{"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","markPrice":"65117.44"},"cs":753843915210,"ts":${T}}`,
  ],
  liquidation: [
    `{"topic":"allLiquidation.BTCUSDT","type":"snapshot","ts":${T},"data":[{"T":${T},"s":"BTCUSDT","S":"Buy","v":"20000","p":"0.04499"}]}`,
  ],
  other: [
    `{"success":true,"ret_msg":"","conn_id":"c","req_id":"1","op":"subscribe"}`,
    `{"success":true,"ret_msg":"pong","conn_id":"c","op":"ping"}`,
    `{"success":false,"ret_msg":"Invalid topic","conn_id":"c","op":"subscribe"}`,
    `{"topic":"kline.1.BTCUSDT","type":"snapshot","ts":${T},"data":[]}`,
    `{"retCode":0,"retMsg":"OK","result":{"category":"linear","list":[]}}`,
  ],
};

/** By venue. COIN-M sizes are contracts; its REST snapshot names its symbol. */
export const VENUE_FRAMES: Readonly<Record<string, VenueFrames>> = {
  binance: binanceSpot,
  binance_us: binanceSpot,
  binance_usdm: futures('BTCUSDT', '.10'),
  binance_coinm: futures('BTCUSD_PERP', '.1'),
  kraken,
  okx,
  coinbase,
  coinbase_advanced: coinbaseAdvanced,
  bybit_linear: bybit,
  bybit_spot: bybit,
};
