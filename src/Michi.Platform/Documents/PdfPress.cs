using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging;

namespace Michi.Platform.Documents;

/// <summary>Prints documents for many readers: two at a time, each document once.</summary>
public sealed partial class PdfPress(ILogger<PdfPress> log) : IDisposable
{
    private const int AtATime = 2;
    private const int MostWaiting = 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly SemaphoreSlim _presses = new(AtATime);
    private readonly MemoryCache _printed = new(new MemoryCacheOptions { SizeLimit = 100_000_000 });
    private int _waiting;

    /// <param name="html">The whole document. It alone decides what is printed, so its hash is what a printed one is kept under: no reader gets another's.</param>
    /// <exception cref="PdfException">It could not be printed, or not yet.</exception>
    public async Task<byte[]> PrintAsync(string html, CancellationToken cancel)
    {
        var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(html)));
        if (_printed.TryGetValue(key, out byte[]? known)) return known!;
        await TakeTurnAsync(cancel);
        try
        {
            if (_printed.TryGetValue(key, out known)) return known!;
            var pdf = await PdfPrinter.PrintAsync(html, cancel);
            return _printed.Set(key, pdf, new MemoryCacheEntryOptions { Size = pdf.Length, SlidingExpiration = TimeSpan.FromHours(1) });
        }
        catch (PdfException fault) when (fault.Fault is PdfFault.Failed or PdfFault.TimedOut)
        {
            LogFault(fault.Fault, fault.Detail);
            throw;
        }
        finally
        {
            _presses.Release();
        }
    }

    public void Dispose()
    {
        _presses.Dispose();
        _printed.Dispose();
    }

    private async Task TakeTurnAsync(CancellationToken cancel)
    {
        try
        {
            if (Interlocked.Increment(ref _waiting) > MostWaiting || !await _presses.WaitAsync(Patience, cancel)) throw new PdfException(PdfFault.Busy);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A document could not be printed: {Fault}. {Detail}")]
    private partial void LogFault(PdfFault fault, string detail);
}
