using Michi.Approach;
using Michi.Assessment.Exchange;
using Michi.Platform.Languages;

namespace Michi.Assessment.Reports;

/// <summary>The forms a report can take.</summary>
public enum ReportFormat
{
    Html,
    Pdf,
    Xlsx,
    Json,
}

/// <summary>What a report made from a file is to be like.</summary>
/// <param name="On">The day ages of sources are counted from.</param>
/// <param name="WithInternal">Whether internal evidence is listed.</param>
public sealed record FileReportSettings(string Language, ReportKind Kind, DateOnly On, int Seed = 1, int Draws = 10_000, bool WithInternal = false);

/// <summary>The report on a place of a file, made without server or database.</summary>
public sealed class FileReport
{
    private readonly ReportModel _model;

    private FileReport(ReportModel model) => _model = model;

    /// <summary>Diagnoses a place of a file that <see cref="PlaceFileCheck"/> found sound.</summary>
    /// <param name="place">Slug of a place in the file.</param>
    public static FileReport Of(PlaceFile file, string place, ContentPack pack, UiTexts texts, FileReportSettings settings, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(settings);
        var subject = ReportSubject.Of(file, place, pack, settings.On, settings.Seed, settings.Draws, cancel);
        var chain = subject.Chain.Select(p => p.Id).ToHashSet();
        return new(new(subject, texts.In(settings.Language), settings.Kind, new(chain, settings.WithInternal ? chain : []), cancel));
    }

    /// <summary>The report in a form.</summary>
    /// <exception cref="PdfException">It could not be printed.</exception>
    public Task<byte[]> WriteAsync(ReportFormat format, CancellationToken cancel) => ReportRenderer.WriteAsync(_model, format, cancel);

    /// <summary>The essence as plain text, for a terminal.</summary>
    public string Text => ReportText.Write(_model);
}
