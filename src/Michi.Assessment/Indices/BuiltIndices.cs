using Microsoft.Extensions.DependencyInjection;

namespace Michi.Assessment.Indices;

/// <summary>An index as it was asked for, or why these choices do not go together.</summary>
internal sealed record IndexAnswer(BuiltIndex? Index, ChoiceConflict? Conflict);

/// <summary>Makes indices beside the requests that ask for them, and keeps those used last within a bound of memory.</summary>
internal sealed class BuiltIndices(IServiceScopeFactory scopes) : IDisposable
{
    /// <summary>How long a page waits before it says that the index is still being made.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    // Numbers kept, of eight bytes each; and indices being made at once or waiting.
    private const long MaxNumbers = 30_000_000;
    private const int MaxKept = 500, MaxWaiting = 16;

    private readonly Dictionary<(string Hash, IndexChoices Choices), Kept> _kept = [];

    // Leaves a core to all other pages.
    private readonly SemaphoreSlim _turns = new(Math.Max(1, Environment.ProcessorCount - 1));
    private long _uses;

    /// <summary>The index, or null while it is being made.</summary>
    public async Task<IndexAnswer?> OfAsync(IndexHead head, IndexChoices choices, TimeSpan patience, CancellationToken cancel)
    {
        if (Started(head, choices) is not { } made) return null;
        return await Task.WhenAny(made, Task.Delay(patience, cancel)) == made ? await made : null;
    }

    public void Dispose() => _turns.Dispose();

    private Task<IndexAnswer>? Started(IndexHead head, IndexChoices choices)
    {
        lock (_kept)
        {
            var key = (head.Hash, choices);
            if (!_kept.TryGetValue(key, out var kept) || kept.Made.IsFaulted)
            {
                if (_kept.Values.Count(k => !k.Made.IsCompleted) >= MaxWaiting) return null;
                _kept[key] = kept = new(Task.Run(() => MakeAsync(head, choices)), BuiltIndex.SizeOf(head));
                while (_kept.Count > MaxKept || (_kept.Count > 1 && _kept.Values.Sum(k => k.Size) > MaxNumbers))
                    _kept.Remove(_kept.Where(k => k.Value != kept).MinBy(k => k.Value.LastUse).Key);
            }
            kept.LastUse = ++_uses;
            return kept.Made;
        }
    }

    private async Task<IndexAnswer> MakeAsync(IndexHead head, IndexChoices choices)
    {
        await _turns.WaitAsync();
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var table = await scope.ServiceProvider.GetRequiredService<IndexBook>().TableAsync(head, default);
            return choices.Conflict(table) is { } conflict ? new(null, conflict) : new(BuiltIndex.Of(table, choices, default), null);
        }
        finally
        {
            _turns.Release();
        }
    }

    private sealed record Kept(Task<IndexAnswer> Made, long Size)
    {
        public long LastUse { get; set; }
    }
}
