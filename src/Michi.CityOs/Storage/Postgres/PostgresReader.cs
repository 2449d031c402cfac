using System.Threading.Channels;
using Npgsql;

namespace Michi.CityOs.Storage.Postgres;

/// <summary>Reads entities by their ids: all that are asked for while one answer is under way go to the database in one question.</summary>
/// <remarks>A question is put after it was asked for, so an answer is never older than what was acknowledged before.</remarks>
internal sealed class PostgresReader : IAsyncDisposable
{
    private const int MostAtOnce = 500;

    /// <summary>While one answer is under way another question can be put together.</summary>
    private const int Readers = 2;

    /// <summary>Reading again is harmless, where a connection was cut while it lay idle.</summary>
    private const int MostTries = 3;

    private readonly NpgsqlDataSource _source;
    private readonly Channel<Wanted> _waiting = Channel.CreateUnbounded<Wanted>();
    private readonly Task[] _reading;

    public PostgresReader(NpgsqlDataSource source)
    {
        _source = source;
        _reading = [.. Enumerable.Range(0, Readers).Select(_ => Task.Run(() => _waiting.Reader.WorkAsync(MostAtOnce, _ => 1, ReadAsync)))];
    }

    /// <summary>The body of an entity; null where it is not there.</summary>
    public Task<byte[]?> FindAsync(int tenant, string id, CancellationToken cancel)
    {
        var wanted = new Wanted(tenant, id);
        return _waiting.Writer.TryWrite(wanted) ? wanted.Found.Task.WaitAsync(cancel) : throw new ObjectDisposedException(nameof(PostgresReader));
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await Task.WhenAll(_reading);
    }

    private async Task ReadAsync(List<Wanted> group)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                var found = await _source.Command("SELECT x.number, e.body FROM unnest($1, $2) WITH ORDINALITY AS x (tenant, id, number) JOIN entity e ON e.tenant = x.tenant AND e.id = x.id")
                    .With(group.Column(w => w.Tenant)).With(group.Column(w => w.Id)).AllAsync(r => (Number: r.GetInt64(0), Body: r.Bytes(1)), CancellationToken.None);
                foreach (var (number, body) in found) group[(int)number - 1].Found.TrySetResult(body);
                foreach (var wanted in group) wanted.Found.TrySetResult(null);
                return;
            }
            catch (NpgsqlException) when (tries < MostTries)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(25 * tries));
            }
            // Whatever it was, whoever waits must be told.
            catch (Exception fault)
            {
                foreach (var wanted in group) wanted.Found.TrySetException(fault);
                return;
            }
        }
    }

    private sealed record Wanted(int Tenant, string Id)
    {
        public TaskCompletionSource<byte[]?> Found { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
