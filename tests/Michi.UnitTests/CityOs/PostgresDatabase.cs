using Npgsql;

namespace Michi.UnitTests.CityOs;

/// <summary>A database of a test's own on the server <c>MICHI_TEST_POSTGRES</c> names, whose user may create databases; gone when the test ends.</summary>
internal sealed class PostgresDatabase : IAsyncDisposable
{
    private readonly string _name = $"michi_unit_{Guid.NewGuid():N}";

    private static string? Server => Environment.GetEnvironmentVariable("MICHI_TEST_POSTGRES") is { Length: > 0 } text ? text : null;

    public string ConnectionString => new NpgsqlConnectionStringBuilder(Server) { Database = _name }.ToString();

    /// <summary>Skips the test where there is no server; on CI it fails.</summary>
    public static async Task<PostgresDatabase> CreateAsync()
    {
        Assert.SkipWhen(Server is null && Environment.GetEnvironmentVariable("CI") is null, "No PostgreSQL: MICHI_TEST_POSTGRES is not set. test.sh starts one.");
        Assert.True(Server is not null, "No PostgreSQL: MICHI_TEST_POSTGRES is not set.");
        var database = new PostgresDatabase();
        await AdministerAsync($"CREATE DATABASE {database._name}");
        return database;
    }

    public async ValueTask DisposeAsync() => await AdministerAsync($"DROP DATABASE {_name} WITH (FORCE)");

    private static async Task AdministerAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Server);
        await connection.OpenAsync();
#pragma warning disable CA2100 // names are made here
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}
