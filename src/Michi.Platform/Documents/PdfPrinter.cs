using System.ComponentModel;
using System.Diagnostics;

namespace Michi.Platform.Documents;

/// <summary>Why a document could not be printed.</summary>
public enum PdfFault
{
    /// <summary>There is no Chromium on this machine.</summary>
    NoBrowser,
    /// <summary>Chromium did not make a file.</summary>
    Failed,
    /// <summary>It took longer than a minute.</summary>
    TimedOut,
    /// <summary>Others are printing; try again shortly.</summary>
    Busy,
}

/// <summary>A document could not be printed; <see cref="Fault"/> says why.</summary>
public sealed class PdfException(PdfFault fault, string detail = "") : Exception($"{fault} {detail}".TrimEnd())
{
    public PdfFault Fault => fault;

    /// <summary>What Chromium said, for the log.</summary>
    public string Detail => detail;
}

/// <summary>Prints an HTML document to PDF with headless Chromium, each time with a fresh profile.</summary>
public static class PdfPrinter
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    /// <summary>The browser to print with: <c>MICHI_CHROMIUM</c>, else the first of the usual names on the path; null where there is none.</summary>
    public static string? Browser()
    {
        if (Environment.GetEnvironmentVariable("MICHI_CHROMIUM") is { Length: > 0 } set) return File.Exists(set) ? set : null;
        var folders = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) ?? [];
        return Names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
    }

    /// <exception cref="PdfException">There is no browser, or it failed.</exception>
    public static async Task<byte[]> PrintAsync(string html, CancellationToken cancel)
    {
        var browser = Browser() ?? throw new PdfException(PdfFault.NoBrowser);
        var folder = Directory.CreateTempSubdirectory("michi-pdf-");
        try
        {
            var (page, pdf) = (Path.Combine(folder.FullName, "report.html"), Path.Combine(folder.FullName, "report.pdf"));
            await File.WriteAllTextAsync(page, html, cancel);
            var start = new ProcessStartInfo(browser) { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (var argument in new[]
            {
                "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
                "--disable-dev-shm-usage", "--disable-breakpad", "--no-pdf-header-footer", "--generate-pdf-document-outline", $"--user-data-dir={Path.Combine(folder.FullName, "profile")}", $"--print-to-pdf={pdf}", new Uri(page).AbsoluteUri,
            })
                start.ArgumentList.Add(argument);
            // Chromium has no sandbox for root. The document is ours, has no script, and asks for nothing from elsewhere.
            if (Environment.IsPrivilegedProcess) start.ArgumentList.Insert(0, "--no-sandbox");
            foreach (var variable in new[] { "HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME" }) start.Environment[variable] = folder.FullName;

            var said = await RunAsync(start, cancel);
            return File.Exists(pdf) ? await File.ReadAllBytesAsync(pdf, cancel) : throw new PdfException(PdfFault.Failed, said);
        }
        finally
        {
            Delete(folder);
        }
    }

    private static async Task<string> RunAsync(ProcessStartInfo start, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Limit);
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception fault)
        {
            throw new PdfException(PdfFault.Failed, fault.Message);
        }
        using (process)
        {
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(limit.Token);
                var errors = process.StandardError.ReadToEndAsync(limit.Token);
                await process.WaitForExitAsync(limit.Token);
                await output;
                return await errors;
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
                cancel.ThrowIfCancellationRequested();
                throw new PdfException(PdfFault.TimedOut);
            }
        }
    }

    private static void Delete(DirectoryInfo folder)
    {
        // A child of the browser may still be writing its profile for a moment.
        for (var attempt = 0; attempt < 20; attempt++)
        {
            try
            {
                folder.Delete(recursive: true);
                return;
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                Thread.Sleep(50);
            }
        }
    }
}
