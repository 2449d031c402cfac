using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Michi.CityOs.Sources;

/// <summary>What sources answered, to be told again for as long as their registrations say (<c>cacheDuration</c>, ETSI GS CIM 009, clauses 4.3.6.7 and 5.2.34).</summary>
/// <remarks>Only in memory, bounded; the older half goes when it is full. Of each program its own: what is written through another node shows after the duration. Thread-safe.</remarks>
internal sealed class SourceCache
{
    /// <summary>Of answers in each half.</summary>
    private const long MostBytes = 32 << 20;

    /// <summary>What an answer takes beside its body.</summary>
    private const int Overhead = 512;

    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();

    /// <summary>How often something was written to a source: what was asked before is not found after.</summary>
    private readonly ConcurrentDictionary<(string Endpoint, string Tenant), long> _writes = [];

    private Dictionary<string, (SourceAnswer Answer, DateTimeOffset Until)> _young = new(StringComparer.Ordinal), _old = new(StringComparer.Ordinal);
    private long _bytes;

    /// <summary>What tells a request from others: who asks for what in which words, of which registration, after which write.</summary>
    /// <param name="tenant">Of this broker.</param>
    public async Task<string> KeyOfAsync(string tenant, ContextSourceRegistration source, HttpRequestMessage message, CancellationToken cancel)
    {
        var text = new StringBuilder();
        foreach (var part in (string[])[tenant, source.Id, source.Version, $"{_writes.GetValueOrDefault((source.Endpoint, source.Tenant))}", message.Method.Method, message.RequestUri!.OriginalString]) text.Append(part).Append('\n');
        foreach (var (name, values) in message.Headers.NonValidated) text.Append(name).Append(": ").Append(values).Append('\n');
        if (message.Content is { } content) text.Append(await content.ReadAsStringAsync(cancel));
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    public SourceAnswer? Find(string key, DateTimeOffset now)
    {
        lock (_lock) return (_young.TryGetValue(key, out var kept) || _old.TryGetValue(key, out kept)) && kept.Until > now ? kept.Answer : null;
    }

    public void Keep(string key, SourceAnswer answer, TimeSpan duration, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (_bytes >= MostBytes) (_old, _young, _bytes) = (_young, new(StringComparer.Ordinal), 0);
            _young[key] = (answer, now + (duration < Longest ? duration : Longest));
            _bytes += answer.Body.Length + Overhead;
        }
    }

    /// <summary>Forgets what a source answered: something is written to it.</summary>
    public void Forget(ContextSourceRegistration source) => _writes.AddOrUpdate((source.Endpoint, source.Tenant), 1, (_, count) => count + 1);
}
