using Microsoft.Extensions.Caching.Memory;

namespace Michi.Assessment.Profiles;

/// <summary>Keeps the diagnoses used last. The same input gives the same diagnosis, so none is ever out of date.</summary>
internal sealed class DiagnosisCache : IDisposable
{
    // Of about 100 kB each; a country's cities are read from stored profiles, not from here.
    private readonly MemoryCache _made = new(new MemoryCacheOptions { SizeLimit = 300 });

    /// <param name="hash">Hash of the input.</param>
    public Diagnosis Of(DiagnosisInput input, string hash, CancellationToken cancel)
    {
        if (_made.TryGetValue(hash, out Diagnosis? made)) return made!;
        made = Diagnosis.Of(input, cancel);
        _made.Set(hash, made, new MemoryCacheEntryOptions { Size = 1 });
        return made;
    }

    public void Dispose() => _made.Dispose();
}
