using Npgsql;

namespace Michi.CityOs.Storage.Postgres;

/// <summary>Wakes whoever waits for what other nodes do. A signal tells only that it is worth looking: those who wait look every second in any case, so one that is lost costs a second.</summary>
internal sealed class PostgresSignals : IAsyncDisposable
{
    public const string Changes = "city_os_change", Documents = "city_os_document", History = "city_os_history";

    /// <summary>How long nobody looks without a signal.</summary>
    public static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource _source;
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, Signal> _signals = new(StringComparer.Ordinal) { [Changes] = new(), [Documents] = new(), [History] = new() };
    private readonly Task _listening;

    public PostgresSignals(NpgsqlDataSource source)
    {
        _source = source;
        _listening = Task.Run(ListenAsync);
    }

    /// <summary>Ends with the next signal, to be asked for before looking; or after a second.</summary>
    public Func<CancellationToken, Task> Next(string channel)
    {
        var next = _signals[channel].Next;
        return async cancel =>
        {
            using var late = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            await Task.WhenAny(next, Task.Delay(Poll, late.Token));
            await late.CancelAsync();
            cancel.ThrowIfCancellationRequested();
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _listening;
        _stop.Dispose();
    }

    private async Task ListenAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = await _source.OpenConnectionAsync(_stop.Token);
                connection.Notification += (_, told) => _signals.GetValueOrDefault(told.Channel)?.Fire();
                await connection.Command($"LISTEN {Changes}; LISTEN {Documents}; LISTEN {History}").RunAsync(_stop.Token);
                while (true) await connection.WaitAsync(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            // The database is away for a while; until then those who wait look by themselves.
            catch (Exception fault) when (Commands.IsPassing(fault))
            {
                await Task.Delay(Poll, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private sealed class Signal
    {
        private TaskCompletionSource _next = New();

        public Task Next => Volatile.Read(ref _next).Task;

        public void Fire() => Interlocked.Exchange(ref _next, New()).SetResult();

        private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
