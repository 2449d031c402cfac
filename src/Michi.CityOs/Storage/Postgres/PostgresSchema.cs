using Npgsql;

namespace Michi.CityOs.Storage.Postgres;

/// <summary>The tables of the shared store, in a schema of their own beside those of the platform, and how connections to them are made.</summary>
internal static class PostgresSchema
{
    /// <summary>Raised with every change of the tables.</summary>
    public const int Version = 3;

    public const string Schema = "city_os";

    /// <summary>Partitions of the chunks of the history.</summary>
    private const int Parts = 16;

    /// <summary>Connections of one node at most, where the connection string does not say. All nodes together must stay below max_connections of the server.</summary>
    private const int MostConnections = 24;

    /// <summary>
    /// A key is taken from one sequence, so that a listing goes in the order of creation. Values are bytes that sort as the values do (<see cref="IndexKey"/>).
    /// The counts of types are kept in slots: nodes add to different rows and wait for none of each other's; the sum over the slots is the count.
    /// Chunks of the history are in <see cref="Parts"/> partitions by series; points that are not folded into a chunk yet are rows.
    /// Documents are told apart from entities in the log, as every node follows them, and one only follows the changes of entities.
    /// </summary>
    private const string Tables = $"""
        CREATE TABLE tenant (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE);
        CREATE TABLE name (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, iri text COLLATE "C" NOT NULL UNIQUE);
        CREATE SEQUENCE entity_key;
        CREATE TABLE entity (tenant int NOT NULL, key bigint NOT NULL, id text COLLATE "C" NOT NULL, body bytea NOT NULL, expires bigint, PRIMARY KEY (tenant, key), UNIQUE (tenant, id)) WITH (fillfactor = 80);
        CREATE INDEX entity_expires ON entity (expires) WHERE expires IS NOT NULL;
        CREATE TABLE entity_type (tenant int NOT NULL, type int NOT NULL, entity bigint NOT NULL, PRIMARY KEY (tenant, type, entity));
        CREATE TABLE type_attribute (tenant int NOT NULL, type int NOT NULL, name int NOT NULL, kind int NOT NULL, slot int NOT NULL, entities bigint NOT NULL, PRIMARY KEY (tenant, type, name, kind, slot)) WITH (fillfactor = 50);
        CREATE TABLE entity_value (tenant int NOT NULL, name int NOT NULL, value bytea NOT NULL, entity bigint NOT NULL, PRIMARY KEY (tenant, name, value, entity));
        CREATE TABLE change (sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant int NOT NULL, id text NOT NULL, at bigint NOT NULL, before bytea, after bytea);
        CREATE TABLE change_reader (name text PRIMARY KEY, position bigint NOT NULL);
        CREATE TABLE document (sequence bigint GENERATED ALWAYS AS IDENTITY, kind int NOT NULL, tenant int NOT NULL, id text COLLATE "C" NOT NULL, body bytea NOT NULL, PRIMARY KEY (kind, tenant, id));
        CREATE TABLE document_change (sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, node uuid NOT NULL, at timestamptz NOT NULL DEFAULT now(), kind int NOT NULL, tenant int NOT NULL, id text NOT NULL);
        CREATE TABLE lease (name text PRIMARY KEY, holder uuid NOT NULL, until timestamptz NOT NULL);
        CREATE TABLE history_entity (key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant int NOT NULL, id text COLLATE "C" NOT NULL, created bigint NOT NULL, modified bigint NOT NULL, deleted bigint, UNIQUE (tenant, id)) WITH (fillfactor = 80);
        CREATE INDEX history_entity_key ON history_entity (tenant, key);
        CREATE TABLE history_type (tenant int NOT NULL, type int NOT NULL, entity bigint NOT NULL, PRIMARY KEY (tenant, type, entity));
        CREATE INDEX history_type_entity ON history_type (entity);
        CREATE TABLE history_series (key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, entity bigint NOT NULL, name int NOT NULL, dataset int NOT NULL, rolled int NOT NULL DEFAULT -1000000, UNIQUE (entity, name, dataset));
        CREATE TABLE history_chunk (series bigint NOT NULL, day int NOT NULL, body bytea NOT NULL, PRIMARY KEY (series, day)) PARTITION BY HASH (series);
        CREATE TABLE history_recent (series bigint NOT NULL, time bigint NOT NULL, body bytea NOT NULL, PRIMARY KEY (series, time));
        CREATE INDEX history_recent_time ON history_recent USING brin (time);
        CREATE TABLE history_moved (instance text NOT NULL, series bigint NOT NULL, time bigint NOT NULL, PRIMARY KEY (instance, series));
        CREATE INDEX history_moved_series ON history_moved (series);
        CREATE TABLE history_lifetime (tenant int NOT NULL, type int NOT NULL, days int NOT NULL, detail int NOT NULL, period int NOT NULL, PRIMARY KEY (tenant, type));
        CREATE TABLE history_changed (tenant int PRIMARY KEY, at bigint NOT NULL);
        CREATE TABLE broker (name text NOT NULL, version int NOT NULL);
        INSERT INTO tenant (name) VALUES ('');
        """;

    /// <summary>Connections to the tables, which are made where they are not there; several nodes may start at once.</summary>
    /// <param name="broker">Name of the broker among brokers, where the database has none yet.</param>
    /// <param name="name">The name the database has: all nodes are one broker.</param>
    /// <exception cref="InvalidOperationException">The tables are those of another version.</exception>
    public static NpgsqlDataSource Open(string connectionString, string broker, out string name)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        settings = new(connectionString)
        {
            SearchPath = Schema,
            ApplicationName = settings.ApplicationName ?? "michi-city-os",
            MaxPoolSize = settings.ContainsKey("Maximum Pool Size") ? settings.MaxPoolSize : MostConnections,
            // Statements are few and the same again and again; nothing is left on a connection that would have to be taken back.
            MaxAutoPrepare = 200,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true,
        };
        var builder = new NpgsqlDataSourceBuilder(settings.ToString());
        builder.UsePhysicalConnectionInitializer(Set, SetAsync);
        var source = builder.Build();
        using var connection = source.OpenConnection();
        using var transaction = connection.BeginTransaction();
        Execute(connection, $"SELECT pg_advisory_xact_lock({AdvisoryLocks.Space}, {AdvisoryLocks.Tables}); CREATE SCHEMA IF NOT EXISTS {Schema};");
        if (Scalar(connection, "SELECT to_regclass('broker') IS NOT NULL") is not true)
        {
            Execute(connection, Tables);
            for (var part = 0; part < Parts; part++) Execute(connection, $"CREATE TABLE history_chunk_{part} PARTITION OF history_chunk FOR VALUES WITH (MODULUS {Parts}, REMAINDER {part})");
            using var add = new NpgsqlCommand("INSERT INTO broker (name, version) VALUES ($1, $2)", connection) { Parameters = { new() { Value = broker }, new() { Value = Version } } };
            add.ExecuteNonQuery();
        }
        if (Scalar(connection, "SELECT version FROM broker") is var version and not Version) throw new InvalidDataException($"The database was written by another version of Michi (tables {version}, here {Version}). Start it with that version, or choose another database.");
        name = (string)Scalar(connection, "SELECT name FROM broker")!;
        transaction.Commit();
        return source;
    }

    /// <summary>What the tables of the history, or all others, take on disk.</summary>
    public static Task<long> BytesAsync(NpgsqlDataSource source, bool ofHistory, CancellationToken cancel) =>
        source.Command("SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND starts_with(relname, 'history_') = $1").With(ofHistory)
            .FirstAsync(r => r.GetInt64(0), cancel);

    /// <summary>
    /// An acknowledged write is on disk whatever the server's default is. Every statement is made to follow an index; plans by whole tables, which statistics
    /// that are not there yet may suggest, are ruled out, and one plan serves all values.
    /// </summary>
    private const string Session = "SET synchronous_commit = on; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET plan_cache_mode = force_generic_plan; SET jit = off; SET lock_timeout = '60s'";

    private static void Set(NpgsqlConnection connection) => Execute(connection, Session);

    private static async Task SetAsync(NpgsqlConnection connection)
    {
        await using var set = new NpgsqlCommand(Session, connection);
        await set.ExecuteNonQueryAsync();
    }

#pragma warning disable CA2100 // constants of this file
    private static void Execute(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    private static object? Scalar(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteScalar();
    }
#pragma warning restore CA2100
}

/// <summary>Locks of the database that no row stands for.</summary>
internal static class AdvisoryLocks
{
    /// <summary>Keeps the numbers apart from those of others in the database; 0 is that of the platform's tables.</summary>
    public const int Space = 1_836_213_352;

    public const int Tables = 1;

    /// <summary>Held from taking the sequence of a change until its commit, so that changes become visible in the order of their sequence.</summary>
    public const int Changes = 2;

    /// <summary>Like <see cref="Changes"/>, for documents.</summary>
    public const int Documents = 3;
}
