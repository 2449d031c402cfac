using Michi.Approach;
using Michi.Assessment.Exchange;
using Michi.Platform.Documents;
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
public sealed record FileReportSettings(string Language, ReportKind Kind, DateOnly On)
{
    public int Seed { get; init; } = 1;
    public int Draws { get; init; } = 10_000;

    /// <summary>Whether internal evidence is listed.</summary>
    public bool WithInternal { get; init; }

    /// <summary>Whether demonstration ratings count.</summary>
    public bool WithDemonstration { get; init; }
}

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
        var subject = ReportSubject.Of(file, place, pack, settings, cancel);
        var chain = subject.Chain.Select(p => p.Id).ToHashSet();
        return new(new(subject, texts.In(settings.Language), settings.Kind, new(chain, settings.WithInternal ? chain : [])));
    }

    /// <summary>The report in a form.</summary>
    /// <exception cref="PdfException">It could not be printed.</exception>
    public Task<byte[]> WriteAsync(ReportFormat format, CancellationToken cancel) => ReportRenderer.WriteAsync(_model, format, cancel);

    /// <summary>The essence as plain text, for a terminal.</summary>
    public string Text => ReportText.Write(_model);
}
