"""Between the client's models (qdrant_client.models) and the engine's (qdrant_edge): pure functions.

    points    ids, vectors, payloads and selectors, both ways; records and scored points out
    checking  whether vectors fit their collection
    filters   conditions
    queries   queries, prefetches, search parameters
    schema    a collection's settings, in; CollectionInfo, out
    indexes   payload indexes, both ways
    matching  enumerations, by their words

No shard, no file and no event loop is touched here.
"""
