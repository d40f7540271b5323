import { Button, Toolbar } from "../../components/button";
import { Dialog } from "../../components/dialog";

interface ConfirmProps {
  title: string;
  text: string;
  action: string;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be taken back. */
export function ConfirmDialog({ title, text, action, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="form">
        <p>{text}</p>
        <Toolbar label="Answer">
          <Button text={action} icon="bin" kind="danger" onClick={onConfirm} />
          <Button text="Keep them" onClick={onClose} />
        </Toolbar>
      </div>
    </Dialog>
  );
}
