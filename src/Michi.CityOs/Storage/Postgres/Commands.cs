using Npgsql;

namespace Michi.CityOs.Storage.Postgres;

/// <summary>Statements with parameters $1, $2, …; those of one batch go to the server together and answer in one round trip.</summary>
internal static class Commands
{
#pragma warning disable CA2100 // constants of those who call; values are parameters
    public static NpgsqlBatchCommand Add(this NpgsqlBatch batch, string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        batch.BatchCommands.Add(command);
        return command;
    }

    public static NpgsqlCommand Command(this NpgsqlDataSource source, string sql) => source.CreateCommand(sql);

    public static NpgsqlCommand Command(this NpgsqlConnection connection, string sql) => new(sql, connection);
#pragma warning restore CA2100

    public static NpgsqlBatchCommand With<T>(this NpgsqlBatchCommand command, T value)
    {
        command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
        return command;
    }

    public static NpgsqlCommand With<T>(this NpgsqlCommand command, T value)
    {
        command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
        return command;
    }

    /// <summary>What all rows tell.</summary>
    public static async Task<List<T>> AllAsync<T>(this NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancel)
    {
        await using (command)
        {
            await using var rows = await command.ExecuteReaderAsync(cancel);
            List<T> all = [];
            while (await rows.ReadAsync(cancel)) all.Add(read(rows));
            return all;
        }
    }

    /// <summary>What all rows tell, for those who cannot wait otherwise.</summary>
    public static List<T> All<T>(this NpgsqlCommand command, Func<NpgsqlDataReader, T> read)
    {
        using (command)
        {
            using var rows = command.ExecuteReader();
            List<T> all = [];
            while (rows.Read()) all.Add(read(rows));
            return all;
        }
    }

    /// <summary>What the first row tells; the default where there is none.</summary>
    public static T? First<T>(this NpgsqlCommand command, Func<NpgsqlDataReader, T> read) => command.All(read) is [var first, ..] ? first : default;

    public static int Run(this NpgsqlCommand command)
    {
        using (command) return command.ExecuteNonQuery();
    }

    /// <summary>What the first row tells; the default where there is none.</summary>
    public static async Task<T?> FirstAsync<T>(this NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancel)
    {
        await using (command)
        {
            await using var rows = await command.ExecuteReaderAsync(cancel);
            return await rows.ReadAsync(cancel) ? read(rows) : default;
        }
    }

    /// <returns>How many rows were written.</returns>
    public static async Task<int> RunAsync(this NpgsqlCommand command, CancellationToken cancel)
    {
        await using (command) return await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>What each row has in a column, as statements take many rows at once.</summary>
    public static TColumn[] Column<T, TColumn>(this IReadOnlyCollection<T> rows, Func<T, TColumn> of)
    {
        var column = new TColumn[rows.Count];
        var at = 0;
        foreach (var row in rows) column[at++] = of(row);
        return column;
    }

    /// <summary>What a task gives, for those who cannot wait otherwise.</summary>
    public static T Wait<T>(this ValueTask<T> task) => task.AsTask().GetAwaiter().GetResult();

    /// <summary>Whether a fault is that of a database that is away for a while, or of a program that is ending: what is done again and again goes on by itself.</summary>
    public static bool IsPassing(Exception fault) => fault is NpgsqlException or IOException or TimeoutException or ObjectDisposedException;

    public static byte[] Bytes(this NpgsqlDataReader row, int column) => row.GetFieldValue<byte[]>(column);

    public static byte[]? BytesOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<byte[]>(column);
}
