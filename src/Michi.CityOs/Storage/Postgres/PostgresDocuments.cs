using Npgsql;

namespace Michi.CityOs.Storage.Postgres;

/// <summary>The documents kept beside entities, and the log by which each node learns which of them others have changed.</summary>
internal sealed class PostgresDocuments : IAsyncDisposable
{
    /// <summary>How long the log goes back. A node that did not reach the database for so long has to be started again.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    private readonly NpgsqlDataSource _source;
    private readonly PostgresNames _names;
    private readonly PostgresSignals _signals;
    private readonly Guid _node;
    private readonly SemaphoreSlim _following = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;
    private long _reached;

    public PostgresDocuments(NpgsqlDataSource source, PostgresNames names, PostgresSignals signals, Guid node)
    {
        (_source, _names, _signals, _node) = (source, names, signals, node);
        using var last = source.Command("SELECT coalesce(max(sequence), 0) FROM document_change");
        _reached = (long)last.ExecuteScalar()!;
        _watching = Task.Run(WatchAsync);
    }

    /// <summary>Tells of a document that another node changed.</summary>
    public event Action<DocumentKind, string, string>? Changed;

    public Task<byte[]?> FindAsync(DocumentKind kind, int tenant, string id, CancellationToken cancel) =>
        _source.Command("SELECT body FROM document WHERE kind = $1 AND tenant = $2 AND id = $3").With((int)kind).With(tenant).With(id).FirstAsync(r => r.Bytes(0), cancel);

    public async Task<IReadOnlyList<(string Id, byte[] Body)>> ListAsync(DocumentKind kind, int tenant, CancellationToken cancel) =>
        await _source.Command("SELECT id, body FROM document WHERE kind = $1 AND tenant = $2 ORDER BY sequence").With((int)kind).With(tenant).AllAsync(r => (r.GetString(0), r.Bytes(1)), cancel);

    /// <returns>What was there before.</returns>
    public async Task<byte[]?> WriteAsync(DocumentKind kind, string tenantName, string id, Func<byte[]?, byte[]?> apply, CancellationToken cancel)
    {
        var tenant = await _names.TenantAsync(tenantName, cancel);
        await using var connection = await _source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        // Also a document that is not there yet is changed by one at a time.
        await connection.Command("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))").With($"{kind} {tenantName} {id}").RunAsync(cancel);
        var before = await connection.Command("SELECT body FROM document WHERE kind = $1 AND tenant = $2 AND id = $3").With((int)kind).With(tenant).With(id).FirstAsync(r => r.Bytes(0), cancel);
        var after = apply(before);
        if (ReferenceEquals(before, after)) return before;
        await using var batch = new NpgsqlBatch(connection, transaction);
        if (after is null) batch.Add("DELETE FROM document WHERE kind = $1 AND tenant = $2 AND id = $3").With((int)kind).With(tenant).With(id);
        else batch.Add("INSERT INTO document (kind, tenant, id, body) VALUES ($1, $2, $3, $4) ON CONFLICT (kind, tenant, id) DO UPDATE SET body = excluded.body").With((int)kind).With(tenant).With(id).With(after);
        if (IsTold(kind))
        {
            batch.Add($"SELECT pg_advisory_xact_lock({AdvisoryLocks.Space}, {AdvisoryLocks.Documents})");
            batch.Add("INSERT INTO document_change (node, kind, tenant, id) VALUES ($1, $2, $3, $4)").With(_node).With((int)kind).With(tenant).With(id);
            batch.Add($"NOTIFY {PostgresSignals.Documents}");
        }
        await batch.ExecuteNonQueryAsync(CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        return before;
    }

    /// <summary>Ends when <see cref="Changed"/> has told of all that was committed before.</summary>
    public async ValueTask FollowAsync(CancellationToken cancel)
    {
        await _following.WaitAsync(cancel);
        try
        {
            var changes = await _source.Command("SELECT c.sequence, c.node, c.kind, t.name, c.id FROM document_change c JOIN tenant t ON t.id = c.tenant WHERE c.sequence > $1 ORDER BY c.sequence").With(_reached)
                .AllAsync(r => (Sequence: r.GetInt64(0), Node: r.GetGuid(1), Kind: (DocumentKind)r.GetInt32(2), Tenant: r.GetString(3), Id: r.GetString(4)), cancel);
            foreach (var change in changes)
            {
                if (change.Node != _node) Changed?.Invoke(change.Kind, change.Tenant, change.Id);
                _reached = change.Sequence;
            }
        }
        finally
        {
            _following.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _following.Dispose();
        _stop.Dispose();
    }

    /// <summary>Whether a node is told of documents of a kind, which it remembers or does something for; others are read each time.</summary>
    private static bool IsTold(DocumentKind kind) =>
        kind is DocumentKind.Subscription or DocumentKind.Registration or DocumentKind.RegistrationSubscription or DocumentKind.Context or DocumentKind.Snapshot or DocumentKind.SourceNotification;

    private async Task WatchAsync()
    {
        try
        {
            await _source.Command("DELETE FROM document_change WHERE at < now() - $1").With(Kept).RunAsync(_stop.Token);
        }
        catch (Exception fault) when (Commands.IsPassing(fault) || fault is OperationCanceledException)
        {
            // The next node that starts does it.
        }
        while (!_stop.IsCancellationRequested)
        {
            var next = _signals.Next(PostgresSignals.Documents);
            try
            {
                await FollowAsync(_stop.Token);
                await next(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) when (Commands.IsPassing(fault))
            {
                await Task.Delay(PostgresSignals.Poll, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
